"""What openstacksdk says of servers and quotas, in our words."""

from types import SimpleNamespace

from cloudmesh_iac.core.nodes import Allowance, Counted
from cloudmesh_iac.providers.openstack.using import to_allowances, to_seen

COMPUTING = SimpleNamespace(
    instances_used=3,
    instances=10,
    total_cores_used=6,
    total_cores=-1,
    total_ram_used=2048,
    total_ram=51200,
    keypairs=100,
)


def test_a_quota_of_minus_one_is_no_limit() -> None:
    # given
    detail = {"used": 1, "limit": 2, "reserved": 0}
    networking = SimpleNamespace(floating_ips=detail, networks=None)

    # when
    told = {one.what: one for one in to_allowances(COMPUTING, networking, keys=4)}

    # then
    assert told == {
        Counted.MACHINES: Allowance(Counted.MACHINES, 3, 10),
        Counted.CPUS: Allowance(Counted.CPUS, 6, None),
        Counted.MEMORY_MB: Allowance(Counted.MEMORY_MB, 2048, 51200),
        Counted.ADDRESSES: Allowance(Counted.ADDRESSES, 1, 2),
        Counted.KEY_PAIRS: Allowance(Counted.KEY_PAIRS, 4, 100),
    }
    assert told[Counted.MACHINES].lacks(9) == 2
    assert told[Counted.MACHINES].lacks(7) == 0
    assert told[Counted.CPUS].lacks(10**6) == 0


def test_a_server_is_shown_by_the_address_that_leads_outside() -> None:
    # given
    inside = {"addr": "10.9.0.5", "OS-EXT-IPS:type": "fixed"}
    outside = {"addr": "203.0.113.7", "OS-EXT-IPS:type": "floating"}
    server = SimpleNamespace(
        id="1",
        name="head",
        status="ACTIVE",
        metadata={"cmx_project": "lab", "cmx_stack": "study"},
        addresses={"lab": [inside, outside]},
        flavor={"original_name": "m3.tiny"},
        image={"id": "i1"},
    )

    # when
    seen = to_seen(server, {"i1": "rocky-9"})

    # then
    assert (seen.address, seen.stack) == ("203.0.113.7", "lab/study")
    assert (seen.flavor, seen.image) == ("m3.tiny", "rocky-9")


def test_a_server_of_somebody_else_from_a_volume_is_shown_with_what_is_known() -> None:
    server = SimpleNamespace(
        id="2", name=None, status=None, metadata=None, addresses=None, flavor=None, image=None
    )
    seen = to_seen(server, {})
    assert (seen.id, seen.name, seen.stack, seen.image, seen.address) == ("2", "", "", "", "")
