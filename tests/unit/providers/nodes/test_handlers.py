"""The dynamic providers of machines, over a simulated site."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    Read,
    ReadAsk,
)
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.nodes.handlers import thing_handlers
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from tests.builders import a_urn
from tests.contract.jobs import a_computer

VM = ResourceType("pulumi-python:dynamic/cmx:Vm")
URN = a_urn(type_=VM)
PROPS: Properties = {"site": "sim", "name": "head", "image": "rocky-9", "flavor": "small"}


class Machines:
    """The handler of machines, and the world of its site."""

    def __init__(self, folder: Path) -> None:
        sim = SiteName("sim")
        settings = Settings(folder, {sim: Site(sim, "simulated", folder)}, sim, Limits())
        sites = OpenSites(settings, a_computer(folder))
        provider = sites.provider("sim")
        assert isinstance(provider, SimulatedProvider)
        self.cloud = provider.cloud
        self.calls = HandlerCalls(thing_handlers(sites)[VM])

    def checked(self, props: Properties = PROPS) -> Properties:
        answer = self.calls.check(CheckAsk(URN, VM, {}, props, "5eed" * 16))
        assert isinstance(answer, Checked)
        return answer.inputs

    def created(self) -> Created:
        answer = self.calls.create(CreateAsk(URN, VM, self.checked()))
        assert isinstance(answer, Created)
        return answer


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def test_a_machine_whose_answer_was_lost_is_looked_for_by_its_token(machines: Machines) -> None:
    # given
    inputs = machines.checked()
    machines.cloud.lose_next_answer()

    # when
    answer = machines.calls.create(CreateAsk(URN, VM, inputs))

    # then
    assert isinstance(answer, Failure)
    assert not answer.is_certain
    [made] = machines.cloud.things(Thing.VM)
    ask = FindAsk(URN, VM, inputs, PROPS)
    assert machines.calls.search(ask) is Search.TOKEN
    assert machines.calls.find(ask) == (Found(made.id),)


def test_a_refusal_of_the_site_is_certain(machines: Machines) -> None:
    machines.cloud.refuse_next("no more today")
    answer = machines.calls.create(CreateAsk(URN, VM, machines.checked()))
    assert answer == Failure("no more today")


@pytest.mark.parametrize(
    ("key", "value", "replaces", "losses", "interrupts"),
    [
        ("image", "debian-13", (), ("its disk is lost",), True),
        ("flavor", "large", (), ("it is restarted",), True),
        ("name", "other", (), (), False),
        ("user_data", "#!", ("user_data",), ("its disk is lost",), False),
    ],
)
def test_a_change_says_what_it_costs(
    machines: Machines,
    *,
    key: str,
    value: str,
    replaces: tuple[str, ...],
    losses: tuple[str, ...],
    interrupts: bool,
) -> None:
    # given
    made = machines.created()

    # when
    news = {**machines.checked(), key: value}
    answer = machines.calls.diff(DiffAsk(URN, VM, made.id, PROPS, made.outputs, news))

    # then
    assert isinstance(answer, Difference)
    assert (answer.keys, answer.replaces, answer.losses) == ((key,), replaces, losses)
    assert answer.interrupts is interrupts


def test_what_changed_by_hand_is_read_back_as_inputs(machines: Machines) -> None:
    # given
    made = machines.created()
    there = machines.calls.read(ReadAsk(URN, VM, made.id, PROPS, made.outputs))
    assert isinstance(there, Read)
    assert there.inputs is not None
    assert there.inputs["flavor"] == "small"

    # when
    machines.cloud.lose(made.id)

    # then
    gone = machines.calls.read(ReadAsk(URN, VM, made.id, PROPS, made.outputs))
    assert isinstance(gone, Gone)
