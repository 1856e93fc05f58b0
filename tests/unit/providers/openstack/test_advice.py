"""What a change of an OpenStack resource costs, and what can be done about an error."""

import pytest

from cloudmesh_iac.core.urns import ResourceType, make_urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import DiffAsk, Difference
from cloudmesh_iac.providers.openstack.advice import VOLUME, Advice
from cloudmesh_iac.providers.openstack.searches import ADDRESS, NETWORK, ROUTER, SERVER

DISK = "its disk is lost"
BOOTS_FROM_VOLUME: Properties = {
    "blockDevices": ({"bootIndex": 0, "destinationType": "volume", "sourceType": "volume"},)
}


def losses(
    type_: ResourceType,
    *keys: str,
    replaces: tuple[str, ...] = (),
    olds: Properties | None = None,
    news: Properties | None = None,
) -> list[str]:
    urn = make_urn(stack="hello", project="lab", parent=None, type_=type_, name="vm")
    ask = DiffAsk(urn, type_, "vm-1", olds or {}, {}, news or {})
    difference = Difference(has_changes=True, keys=keys, replaces=replaces)
    return list(Advice().losses(ask, difference))


@pytest.mark.parametrize("key", ["imageId", "imageName"])
def test_a_server_with_a_new_image_loses_its_disk_in_place(key: str) -> None:
    assert losses(SERVER, key) == [DISK]


def test_a_loss_is_said_once() -> None:
    assert losses(SERVER, "imageId", "imageName", "metadata") == [DISK]


def test_a_server_with_another_flavor_is_restarted() -> None:
    assert losses(SERVER, "flavorName", "flavorId") == ["it is restarted"]


def test_only_switching_a_server_off_stops_it() -> None:
    assert losses(SERVER, "powerState", news={"powerState": "shutoff"}) == ["it is stopped"]
    assert losses(SERVER, "powerState", news={"powerState": "active"}) == []


def test_what_is_replaced_loses_what_it_held() -> None:
    assert losses(SERVER, "networks", replaces=("networks",)) == [DISK]
    assert losses(VOLUME, "size", replaces=("size",)) == ["its data is lost"]
    assert losses(ADDRESS, "pool", replaces=("pool",)) == ["its address is lost"]
    assert losses(NETWORK, "shared", replaces=("shared",)) == []


def test_a_disk_that_is_a_volume_outlives_its_server() -> None:
    assert losses(SERVER, replaces=("networks",), olds=BOOTS_FROM_VOLUME) == []


def test_other_changes_cost_nothing() -> None:
    assert losses(SERVER, "metadata", "tags") == []
    assert losses(NETWORK, "name") == []


@pytest.mark.parametrize(
    ("type_", "key", "news", "is_away"),
    [
        (SERVER, "imageName", {}, True),
        (SERVER, "flavorId", {}, True),
        (SERVER, "powerState", {"powerState": "shutoff"}, True),
        (SERVER, "powerState", {"powerState": "active"}, False),
        (SERVER, "metadata", {}, False),
        (ADDRESS, "portId", {}, True),
        (ROUTER, "externalNetworkId", {}, True),
        (NETWORK, "name", {}, False),
    ],
)
def test_an_update_that_stops_a_thing_or_cuts_it_off_takes_it_from_its_users(
    type_: ResourceType, key: str, news: Properties, *, is_away: bool
) -> None:
    urn = make_urn(stack="hello", project="lab", parent=None, type_=type_, name="vm")
    ask = DiffAsk(urn, type_, "vm-1", {}, {}, news)
    assert Advice().interrupts(ask, Difference(has_changes=True, keys=(key,))) is is_away
    assert not Advice().interrupts(ask, Difference(has_changes=True, keys=(key,), replaces=(key,)))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Quota exceeded for instances: Requested 1, but already used 1 of 1", "higher quota"),
        ("No valid host was found. There are not enough hosts available.", "no room"),
        ("unexpected state 'ERROR', wanted target 'ACTIVE'", "no room"),
        ("Authentication failed", "OS_PASSWORD"),
        ("dial tcp 127.0.0.1:9: connect: connection refused", "VPN"),
        ("One of 'auth_url' or 'cloud' must be specified", "OS_CLOUD"),
        ("unable to find image with name rocky-8", "openstack image list"),
    ],
)
def test_an_error_has_a_remedy(message: str, words: str) -> None:
    assert words in Advice().remedy(message)


def test_an_error_that_nobody_knows_has_none() -> None:
    assert Advice().remedy("the disk of the hypervisor has melted") == ""
