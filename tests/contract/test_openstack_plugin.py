"""The plugin room on the real plugin for OpenStack, with no cloud anywhere."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package, provider_type
from cloudmesh_iac.core.plans import DetailKind
from cloudmesh_iac.core.urns import ResourceType, Urn, make_urn
from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, has_secret
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    ConfigureAsk,
    CreateAsk,
    Created,
    DiffAsk,
    Difference,
    InvokeAsk,
    Refusal,
)
from cloudmesh_iac.plugins.finding import Places
from cloudmesh_iac.plugins.instance import PluginInstance
from cloudmesh_iac.plugins.packages import Around, PluginPackages
from cloudmesh_iac.plugins.schemas import SchemaShelf
from cloudmesh_iac.settings.computer import this_computer
from tests.rigs.openstack.plugin_program import VERSION

PROVIDER = provider_type("openstack")
NETWORK = ResourceType("openstack:networking/network:Network")
INSTANCE = ResourceType("openstack:compute/instance:Instance")
SEED, OTHER_SEED = "ab" * 32, "cd" * 32
# Nobody listens there: what is asked of the cloud fails at once.
NOWHERE: Properties = {
    "authUrl": "http://127.0.0.1:9/v3",
    "userName": "me",
    "password": Secret("hunter2"),
    "tenantName": "lab",
}
SERVER: Properties = {
    "name": "vm",
    "imageName": "rocky-9",
    "flavorName": "m3.small",
    "adminPass": Secret("hunter2"),
    "networks": ({"uuid": "net-1"},),
}


class Silence:
    def tell(self, event: Event) -> None:
        """Nobody looks."""


@pytest.fixture
def plugin(openstack_plugins: Path, tmp_path: Path) -> Iterator[PluginInstance]:
    """The plugin, running and not configured, in an environment without a cloud."""
    ours = this_computer().environment
    environment = {key: text for key, text in ours.items() if not key.startswith("OS_")}
    packages = PluginPackages(
        Places(folders=[openstack_plugins]),
        Around(environment, {}, openstack_plugins, sys.executable, SchemaShelf(tmp_path)),
        events=Silence(),
        fetch=lambda package: Failure(f"{package} is not here"),
    )
    loaded = packages.load(Package("openstack", VERSION))
    assert isinstance(loaded, PluginInstance), loaded
    yield loaded
    packages.close()


def urn_of(type_: ResourceType, name: str = "lab") -> Urn:
    return make_urn(stack="hello", project="lab", parent=None, type_=type_, name=name)


def configure(plugin: PluginInstance, inputs: Properties) -> Failure | None:
    urn = urn_of(PROVIDER)
    checked = plugin.check_config(CheckAsk(urn, PROVIDER, {}, inputs, SEED))
    assert isinstance(checked, Checked), checked
    return plugin.configure(ConfigureAsk(urn, "an-id", checked.inputs))


def check(
    plugin: PluginInstance,
    type_: ResourceType,
    news: Properties,
    *,
    olds: Properties | None = None,
    seed: str = SEED,
) -> Properties:
    answer = plugin.check(CheckAsk(urn_of(type_), type_, olds or {}, news, seed))
    assert isinstance(answer, Checked), answer
    return answer.inputs


def changed_server(
    plugin: PluginInstance, **changes: Properties | str | tuple[Properties, ...]
) -> Difference:
    """Return what it says of a server that is there and is to be changed."""
    olds = check(plugin, INSTANCE, SERVER)
    news = check(plugin, INSTANCE, {**SERVER, **changes}, olds=olds)
    state = {**{key: value for key, value in olds.items() if key != "__defaults"}, "id": "vm-1"}
    answer = plugin.diff(DiffAsk(urn_of(INSTANCE), INSTANCE, "vm-1", olds, state, news))
    assert isinstance(answer, Difference), answer
    return answer


def test_a_password_of_the_provider_stays_secret(plugin: PluginInstance) -> None:
    # when
    checked = plugin.check_config(CheckAsk(urn_of(PROVIDER), PROVIDER, {}, NOWHERE, SEED))

    # then
    assert isinstance(checked, Checked)
    assert checked.inputs == NOWHERE


def test_without_credentials_it_says_what_is_missing_and_still_answers(
    plugin: PluginInstance,
) -> None:
    # when
    failure = configure(plugin, {})

    # then
    assert failure == Failure("One of 'auth_url' or 'cloud' must be specified")
    assert str(check(plugin, NETWORK, {})["name"]).startswith("lab-")


def test_it_is_configured_without_a_cloud(plugin: PluginInstance) -> None:
    assert configure(plugin, NOWHERE) is None
    assert plugin.previews


def test_the_seed_decides_the_name(plugin: PluginInstance) -> None:
    # given
    configure(plugin, NOWHERE)
    first = check(plugin, NETWORK, {})

    # then
    assert check(plugin, NETWORK, {}) == first
    assert check(plugin, NETWORK, {}, seed=OTHER_SEED)["name"] != first["name"]
    assert check(plugin, NETWORK, {}, olds=first, seed=OTHER_SEED)["name"] == first["name"]


def test_an_input_that_it_does_not_know_is_refused(plugin: PluginInstance) -> None:
    # given
    configure(plugin, NOWHERE)

    # when
    answer = plugin.check(CheckAsk(urn_of(NETWORK), NETWORK, {}, {"nope": 1}, SEED))

    # then
    assert isinstance(answer, Refusal)
    assert "lab.nope" in answer.message


def test_a_preview_knows_what_was_given_and_not_what_the_cloud_will_say(
    plugin: PluginInstance,
) -> None:
    # given
    configure(plugin, NOWHERE)
    inputs = check(plugin, INSTANCE, SERVER)

    # when
    answer = plugin.create(CreateAsk(urn_of(INSTANCE), INSTANCE, inputs, is_preview=True))

    # then
    assert isinstance(answer, Created)
    assert answer.id == ""
    assert answer.outputs["imageName"] == "rocky-9"
    assert answer.outputs["accessIpV4"] == UNKNOWN
    assert has_secret(answer.outputs["adminPass"])


def test_another_image_is_an_update_in_place(plugin: PluginInstance) -> None:
    # given
    configure(plugin, NOWHERE)

    # when
    answer = changed_server(plugin, imageName="rocky-10")

    # then
    kinds = {detail.path: detail.kind for detail in answer.details}
    assert "imageName" in answer.keys
    assert kinds["imageName"] is DetailKind.UPDATE
    assert answer.replaces == ()


def test_another_network_needs_a_new_server(plugin: PluginInstance) -> None:
    # given
    configure(plugin, NOWHERE)

    # when
    answer = changed_server(plugin, networks=({"uuid": "net-2"},))

    # then
    kinds = {detail.path: detail.kind for detail in answer.details}
    assert kinds["networks[0].uuid"] is DetailKind.UPDATE_REPLACE
    assert "networks" in answer.replaces


def test_a_cloud_that_does_not_answer_leaves_a_create_uncertain(plugin: PluginInstance) -> None:
    # given
    configure(plugin, NOWHERE)
    inputs = check(plugin, NETWORK, {})

    # when
    answer = plugin.create(CreateAsk(urn_of(NETWORK), NETWORK, inputs))

    # then
    assert isinstance(answer, Failure)
    assert answer.message.startswith("Error creating OpenStack networking client")
    assert "connection refused" in answer.message
    assert "\n" not in answer.message
    assert not answer.is_certain


def test_a_look_up_without_a_cloud_fails_with_a_sentence(plugin: PluginInstance) -> None:
    # given
    configure(plugin, NOWHERE)

    # when
    answer = plugin.invoke(InvokeAsk("openstack:compute/getFlavor:getFlavor", {"name": "m3.small"}))

    # then
    assert isinstance(answer, Failure)
    assert "connection refused" in answer.message
