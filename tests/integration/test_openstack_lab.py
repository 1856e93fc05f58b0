"""A plain Pulumi program with the package for OpenStack, on a real one, from up to destroy."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.integration.openstack_engines import Came, Engine, Ours, Theirs
from tests.rigs.openstack.lab import (
    FLAVOR,
    IMAGE,
    OTHER_FLAVOR,
    OTHER_IMAGE,
    OpenStackLab,
    Tenant,
)
from tests.rigs.waiting import eventually

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE+74hsxdgLD299JM90FLDn6W+VomgRc/AI3zPdDII11 me"
PROGRAM = f"""
import pulumi
import pulumi_openstack as openstack

images = dict.fromkeys(("vm0", "vm1", "vm2"), "{IMAGE}")
flavors = dict.fromkeys(images, "{FLAVOR}")
# changes

outside = openstack.networking.get_network_output(name="public")
network = openstack.networking.Network("lab", name="lab", tags=["cmx"])
subnet = openstack.networking.Subnet(
    "lab", name="lab", network_id=network.id, cidr="10.9.0.0/24", ip_version=4
)
router = openstack.networking.Router("lab", name="lab", external_network_id=outside.id)
interface = openstack.networking.RouterInterface(
    "lab", router_id=router.id, subnet_id=subnet.id
)
group = openstack.networking.SecGroup("ssh", name="ssh", description="who may come in")
rule = openstack.networking.SecGroupRule(
    "ssh",
    security_group_id=group.id,
    direction="ingress",
    ethertype="IPv4",
    protocol="tcp",
    port_range_min=22,
    port_range_max=22,
    remote_ip_prefix="0.0.0.0/0",
)
port = openstack.networking.Port(
    "vm0",
    name="vm0",
    network_id=network.id,
    security_group_ids=[group.id],
    fixed_ips=[openstack.networking.PortFixedIpArgs(subnet_id=subnet.id)],
)

# Servers and their key come from a provider of the program, the rest from the default one.
lab = pulumi.ResourceOptions(provider=openstack.Provider("lab", cloud="lab"))
key = openstack.compute.Keypair("me", name="me", public_key="{KEY}", opts=lab)
for name, image in images.items():
    where = (
        openstack.compute.InstanceNetworkArgs(port=port.id)
        if name == "vm0"
        else openstack.compute.InstanceNetworkArgs(uuid=network.id)
    )
    openstack.compute.Instance(
        name,
        name=name,
        image_name=image,
        flavor_name=flavors[name],
        key_pair=key.name,
        networks=[where],
        opts=pulumi.ResourceOptions.merge(lab, pulumi.ResourceOptions(depends_on=[subnet])),
    )
address = openstack.networking.FloatingIp(
    "vm0", pool="public", port_id=port.id, opts=pulumi.ResourceOptions(depends_on=[interface])
)
pulumi.export("address", address.address)
"""
RESIZED = 'flavors["vm1"] = "' + OTHER_FLAVOR + '"'
REBUILT = RESIZED + '\nimages["vm2"] = "' + OTHER_IMAGE + '"'


def with_changes(lines: str = "") -> str:
    return PROGRAM.replace("# changes", lines)


class Both:
    """Both engines, at the same time; what they do to their clouds is the same."""

    def __init__(self, ours: Engine, theirs: Engine) -> None:
        self.engines = (ours, theirs)

    def run(self, operation: str, program: str) -> Came:
        """Run an operation; return what came of ours."""
        with ThreadPoolExecutor(len(self.engines)) as pool:
            running = [pool.submit(one.run, operation, program) for one in self.engines]
            ours, theirs = (one.result() for one in running)
        assert not ours.has_failed, ours.words
        assert not theirs.has_failed, theirs.words
        assert ours.changes == theirs.changes
        return ours

    def everywhere(self, do: Callable[[Any], object]) -> None:
        """Do or check something in the project of each engine."""
        for engine in self.engines:
            cloud = engine.tenant.connect()
            do(cloud)
            cloud.close()


@pytest.fixture
def ours(cmx: Cmx, openstack_plugins: Path, openstack_lab: OpenStackLab) -> Iterator[Engine]:
    with openstack_lab.tenant() as tenant:
        yield Ours(cmx, tenant)


@pytest.fixture
def theirs(tmp_path: Path, pulumi_programs: Path, openstack_lab: OpenStackLab) -> Iterator[Engine]:
    with openstack_lab.tenant() as tenant:
        yield Theirs(tmp_path / "pulumi", pulumi_programs, tenant)


@pytest.fixture
def both(ours: Engine, theirs: Engine) -> Both:
    return Both(ours, theirs)


def servers(cloud: Any) -> dict[str, Any]:
    return {one.name: one for one in cloud.compute.servers()}


def done(came: Came) -> list[tuple[str, str]]:
    """Return what was done: the method, and the name of the resource."""
    return [(change["method"], change["urn"].rpartition("::")[2]) for change in came.changes]


def test_a_lab_lives_from_plan_to_destroy_and_pulumi_does_the_same(both: Both) -> None:
    # when: all is made
    plan = both.run("preview", with_changes())
    made = both.run("up", with_changes())

    # then
    assert "13 to create" in plan.words  # with the provider of the program
    assert plan.changes == []
    assert len(made.changes) == 12
    both.everywhere(everything_is_there)

    # and: nothing is left to do
    assert both.run("up", with_changes()).changes == []

    # when: another flavor
    ids = [id_of(engine.tenant, "vm1") for engine in both.engines]
    plan = both.run("preview", with_changes(RESIZED))
    resized = both.run("up", with_changes(RESIZED))

    # then: the same server, bigger
    assert "it is restarted" in plan.words
    assert done(resized) == [("Update", "vm1")]
    both.everywhere(lambda cloud: flavor_is(cloud, "vm1", OTHER_FLAVOR))
    assert [id_of(engine.tenant, "vm1") for engine in both.engines] == ids

    # when: another image
    ids = [id_of(engine.tenant, "vm2") for engine in both.engines]
    plan = both.run("preview", with_changes(REBUILT))
    rebuilt = both.run("up", with_changes(REBUILT))

    # then: the same server, rebuilt, and the plan has said what that costs
    assert "its disk is lost" in plan.words
    assert done(rebuilt) == [("Update", "vm2")]
    both.everywhere(lambda cloud: image_is(cloud, "vm2", OTHER_IMAGE))
    assert [id_of(engine.tenant, "vm2") for engine in both.engines] == ids

    # when: somebody deletes a server
    both.everywhere(lambda cloud: delete_server(cloud, "vm1"))
    again = both.run("up-refresh", with_changes(REBUILT))

    # then: there is one again, and no more
    assert done(again) == [("Create", "vm1")]
    both.everywhere(lambda cloud: names_are(cloud, {"vm0", "vm1", "vm2"}))

    # when
    both.run("destroy", with_changes(REBUILT))

    # then
    both.everywhere(nothing_is_there)


def everything_is_there(cloud: Any) -> None:
    found = servers(cloud)
    assert {name: one.status for name, one in found.items()} == dict.fromkeys(
        ("vm0", "vm1", "vm2"), "ACTIVE"
    )
    (network,) = cloud.network.networks(name="lab")
    (subnet,) = cloud.network.subnets(network_id=network.id)
    (router,) = cloud.network.routers(name="lab")
    (port,) = cloud.network.ports(name="vm0")
    (address,) = cloud.network.ips()
    (group,) = cloud.network.security_groups(name="ssh")
    assert network.tags == ["cmx"]
    assert subnet.cidr == "10.9.0.0/24"
    assert router.external_gateway_info["network_id"] == address.floating_network_id
    assert list(cloud.network.ports(device_id=router.id, network_id=network.id))
    assert port.device_id == found["vm0"].id
    assert address.port_id == port.id
    assert port.security_group_ids == [group.id]
    assert 22 in {rule["port_range_min"] for rule in group.security_group_rules}
    assert cloud.compute.find_keypair("me").public_key == KEY
    for name in found:
        flavor_is(cloud, name, FLAVOR)
        image_is(cloud, name, IMAGE)


def nothing_is_there(cloud: Any) -> None:
    mine = {"project_id": cloud.current_project_id}
    assert servers(cloud) == {}
    assert list(cloud.network.networks(**mine)) == []
    assert list(cloud.network.routers(**mine)) == []
    assert list(cloud.network.ports(**mine)) == []
    assert list(cloud.network.ips(**mine)) == []
    assert [one.name for one in cloud.network.security_groups(**mine)] == ["default"]
    assert list(cloud.compute.keypairs()) == []


def names_are(cloud: Any, names: set[str]) -> None:
    assert sorted(one.name for one in cloud.compute.servers()) == sorted(names)


def flavor_is(cloud: Any, name: str, flavor: str) -> None:
    server = servers(cloud)[name]
    assert (server.status, server.flavor["original_name"]) == ("ACTIVE", flavor)


def image_is(cloud: Any, name: str, image: str) -> None:
    server = servers(cloud)[name]
    wanted = cloud.image.find_image(image)
    assert (server.status, server.image["id"]) == ("ACTIVE", wanted.id)


def delete_server(cloud: Any, name: str) -> None:
    cloud.compute.delete_server(servers(cloud)[name])
    eventually(lambda: name not in servers(cloud), within_s=120)


def id_of(tenant: Tenant, name: str) -> str:
    cloud = tenant.connect()
    try:
        return str(servers(cloud)[name].id)
    finally:
        cloud.close()
