"""`cmx` dies after OpenStack has made something: the next run finds it, and makes no second one."""

import signal
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.providers.openstack.searches import (
    ADDRESS,
    GROUP,
    INTERFACE,
    KEY_PAIR,
    NETWORK,
    PORT,
    ROUTER,
    RULE,
    SERVER,
    SUBNET,
)
from tests.integration.cli import Cmx
from tests.integration.openstack_engines import surroundings
from tests.integration.openstack_labs import KEY
from tests.rigs.openstack.lab import FLAVOR, IMAGE, Tenant
from tests.rigs.openstack.listening import Listening

_LONGEST_S = 600
# Each is made after the one before it. The plugin names some of them, the program the others.
PLAIN = f"""
import pulumi
import pulumi_openstack as openstack


def after(*things):
    return pulumi.ResourceOptions(depends_on=list(things))


outside = openstack.networking.get_network(name="public")
network = openstack.networking.Network("lab")
subnet = openstack.networking.Subnet(
    "lab", network_id=network.id, cidr="10.9.0.0/24", ip_version=4
)
router = openstack.networking.Router(
    "lab", name="lab", external_network_id=outside.id, opts=after(subnet)
)
interface = openstack.networking.RouterInterface(
    "lab", router_id=router.id, subnet_id=subnet.id
)
group = openstack.networking.SecGroup("ssh", opts=after(interface))
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
    "vm",
    network_id=network.id,
    security_group_ids=[group.id],
    fixed_ips=[openstack.networking.PortFixedIpArgs(subnet_id=subnet.id)],
    opts=after(rule),
)
address = openstack.networking.FloatingIp("vm", pool="public", port_id=port.id)
key = openstack.compute.Keypair("me", name="me", public_key="{KEY}", opts=after(address))
server = openstack.compute.Instance(
    "vm",
    name="vm",
    image_name="{IMAGE}",
    flavor_name="{FLAVOR}",
    key_pair=key.name,
    networks=[openstack.compute.InstanceNetworkArgs(port=port.id)],
)
"""
OURS = f"""
import cloudmesh_iac as cmx

with cmx.Experiment("lab", defaults={{"external_network": "public"}}):
    network = cmx.Network("lab", cidr="10.9.0.0/24")
    cmx.Router("lab", subnets=network.subnets)
    cmx.VM(
        "vm",
        image="{IMAGE}",
        flavor="{FLAVOR}",
        key=cmx.KeyPair("me", public_key="{KEY}"),
        network=network,
        security_groups=[cmx.SecurityGroup("ssh", presets=["ssh"], open_to="0.0.0.0/0")],
        public_ip=True,
    )
"""
EVERYTHING = (NETWORK, SUBNET, ROUTER, INTERFACE, GROUP, RULE, PORT, ADDRESS, KEY_PAIR, SERVER)
# Each way of looking is tried: by its own name, by what is there once only, among equal things.
KILLED_AFTER = (NETWORK, SUBNET, ROUTER, RULE, PORT, ADDRESS, KEY_PAIR, SERVER)


@dataclass
class Lab:
    cmx: Cmx
    cloud: Any
    listening: Listening


@pytest.fixture
def lab(cmx: Cmx, tenant: Tenant, openstack_plugins: object) -> Iterator[Lab]:
    listening = Listening(cmx.folder / "listening")
    listening.install(cmx.home / ".pulumi" / "plugins")
    cmx.environment.update(surroundings(tenant, listening))
    cloud = tenant.connect()
    yield Lab(cmx, cloud, listening)
    cloud.close()


def counted(cloud: Any) -> dict[ResourceType, int]:
    """Return how many of each type there are in the project; the cloud has a group of its own."""
    mine = {"project_id": cloud.current_project_id}
    groups = [one for one in cloud.network.security_groups(**mine) if one.name != "default"]
    rules = [rule for group in groups for rule in group.security_group_rules]
    ports = list(cloud.network.ports(**mine))
    lists: dict[ResourceType, Callable[[], Any]] = {
        SERVER: cloud.compute.servers,
        KEY_PAIR: cloud.compute.keypairs,
        NETWORK: lambda: cloud.network.networks(**mine),
        SUBNET: lambda: cloud.network.subnets(**mine),
        ROUTER: lambda: cloud.network.routers(**mine),
        ADDRESS: lambda: cloud.network.ips(**mine),
    }
    return {
        **{type_: len(list(ask())) for type_, ask in lists.items()},
        GROUP: len(groups),
        RULE: sum(rule["port_range_min"] == 22 for rule in rules),
        INTERFACE: sum(one.device_owner == "network:router_interface" for one in ports),
        PORT: sum(one.device_owner in {"", "compute:nova"} for one in ports),
    }


@pytest.mark.parametrize(
    ("program", "killed_after"),
    # Of our components only the server has nothing beside it that is made at the same time.
    [pytest.param(PLAIN, KILLED_AFTER, id="the package"), pytest.param(OURS, (SERVER,), id="ours")],
)
def test_whatever_was_made_last_is_found_by_the_next_run(
    lab: Lab, program: str, killed_after: Sequence[ResourceType]
) -> None:
    # given: every run is killed when it has made one thing more
    lab.cmx.program(program)
    for type_ in killed_after:
        lab.listening.kill_after(type_)
        killed = lab.cmx("up", "--yes", code=None, timeout_s=_LONGEST_S)
        assert killed.code == -signal.SIGKILL, f"{type_}: {killed.all}"
        assert counted(lab.cloud)[type_] == 1, type_

    # when
    said = lab.cmx("up", "--yes", timeout_s=_LONGEST_S)

    # then
    assert "found and taken over as" in said.all
    assert counted(lab.cloud) == dict.fromkeys(EVERYTHING, 1)
    creates = [call["type"] for call in lab.listening.calls("Create") if not call.get("preview")]
    assert sorted(creates) == sorted(EVERYTHING)

    # and: nothing is left to do, and all of it can go
    assert "nothing to change" in lab.cmx("up", "--yes", timeout_s=_LONGEST_S).all
    lab.cmx("destroy", "--yes", timeout_s=_LONGEST_S)
    assert set(counted(lab.cloud).values()) == {0}
