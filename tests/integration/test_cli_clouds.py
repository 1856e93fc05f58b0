"""Machines and networks on a real OpenStack, through its real plugin; the hypervisor pretends."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.rigs.openstack.lab import OUTSIDE, OpenStackLab, Tenant

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFpv1nKYEUf7hS0bJ6yCNlzWg3gq1yGvCZfXvVb7Wq3h me"
UP_S = 600
LAB = """
import cloudmesh_iac as cmx

with cmx.Experiment("burst", defaults={"external_network": "OUTSIDE"}) as exp:
    network = cmx.Network("lab", cidr="10.9.0.0/24")
    cmx.Router("lab", subnets=network.subnets)
    group = cmx.SecurityGroup("login", presets=["ssh", "ping"], open_to="world")
    vms = [
        cmx.VM(
            f"vm{number}",
            image="rocky-9",
            flavor="FLAVOR" if number == 1 else "m3.tiny",
            network=network,
            security_groups=[group],
            public_ip=number == 0,
        )
        for number in range(3)
    ]
    exp.export("address", vms[0].public_address)
""".replace("OUTSIDE", OUTSIDE)


TWO = """
import cloudmesh_iac as cmx

for name in ("a", "b"):
    cmx.VM(name, image="rocky-9", flavor="m3.tiny")
"""


@pytest.fixture
def lab(cmx: Cmx, openstack_plugins: Path, tenant: Tenant) -> Cmx:
    """A person with a key, one cloud in clouds.yaml, and the plugin on the computer."""
    cmx.environment["OS_CLIENT_CONFIG_FILE"] = str(tenant.file)
    for folder in (".ssh", ".cloudmesh"):
        (cmx.home / folder).mkdir()
    (cmx.home / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")
    (cmx.home / ".cloudmesh" / "cloudmesh.yaml").write_text(
        f"plugins: {{folder: {openstack_plugins}, download: false}}\n"
    )
    return cmx


@pytest.fixture
def cloud(tenant: Tenant) -> Iterator[Any]:
    connection = tenant.connect()
    yield connection
    connection.close()


def servers(cloud: Any) -> dict[str, Any]:
    return {one.name: one for one in cloud.compute.servers()}


def left(cloud: Any) -> list[Any]:
    mine = {"project_id": cloud.current_project_id}
    return [
        *cloud.compute.servers(),
        *cloud.network.networks(**mine),
        *cloud.network.routers(**mine),
        *cloud.network.ips(**mine),
        *cloud.compute.keypairs(),
        *(one for one in cloud.network.security_groups(**mine) if one.name != "default"),
    ]


@pytest.mark.timeout(1800)
def test_a_network_with_machines_comes_changes_and_goes(lab: Cmx, cloud: Any) -> None:
    # when
    lab.program(LAB.replace("FLAVOR", "m3.tiny"))
    lab("up", "--yes", timeout_s=UP_S)

    # then
    user = lab.environment_of()["USER"].lower()
    names = [f"burst-{user}-vm-{number}" for number in (1, 2, 3)]
    assert sorted(servers(cloud)) == names
    first = servers(cloud)[names[0]]
    assert first.status == "ACTIVE"
    assert first.metadata["cmx_urn"].endswith("cmx:index:VM::vm0")
    [network] = cloud.network.networks(project_id=cloud.current_project_id)
    assert "cmx_experiment=burst" in network.tags
    [address] = cloud.network.ips(project_id=cloud.current_project_id)
    [port] = cloud.network.ports(device_id=first.id)
    assert address.port_id == port.id
    assert address.floating_ip_address in lab("outputs").stdout
    assert address.floating_ip_address in lab("vm", "ls").stdout
    listed = lab("vm", "ls", "--site", "lab", "--json", timeout_s=UP_S).json()["machines"]
    assert [(one["name"], one["stack"]) for one in listed] == [
        (name, "lab/study") for name in names
    ]
    assert "nothing to change" in lab("preview", timeout_s=UP_S).stdout

    # when
    lab.program(LAB.replace("FLAVOR", "m3.small"))
    lab("up", "--yes", timeout_s=UP_S)

    # then
    flavors = {one.name: one.flavor.name for one in cloud.compute.servers()}
    assert flavors == {names[0]: "m3.tiny", names[1]: "m3.small", names[2]: "m3.tiny"}

    # when
    lab("destroy", "--yes", timeout_s=UP_S)

    # then
    assert left(cloud) == []


@pytest.mark.timeout(900)
def test_one_command_boots_a_machine_in_an_empty_home(lab: Cmx, cloud: Any, tmp_path: Path) -> None:
    # given
    empty = tmp_path / "empty"
    empty.mkdir()
    (lab.home / ".ssh" / "id_ed25519.pub").unlink()

    # when
    said = lab("vm", "boot", "--yes", cwd=empty, timeout_s=UP_S)

    # then
    assert "first image of the site" in said.stdout
    assert "smallest of the site" in said.stdout
    assert "cmx ssh vm1" in said.stdout
    [server] = cloud.compute.servers()
    assert server.status == "ACTIVE"
    assert server.key_name
    assert not list(empty.iterdir())

    # when
    lab("destroy", "--yes", cwd=empty, timeout_s=UP_S)

    # then
    assert left(cloud) == []


@pytest.mark.timeout(900)
def test_an_account_is_tried_and_what_mends_it_is_said(
    lab: Cmx, tenant: Tenant, openstack_lab: OpenStackLab
) -> None:
    # given
    openstack_lab.limit_servers(tenant, 1)
    lab.program(TWO)

    # then
    assert "can be used" in lab("site", "check", "lab", timeout_s=UP_S).stdout
    assert "m3.tiny" in lab("site", "info", "lab", timeout_s=UP_S).stdout
    quota = lab("site", "info", "lab", "--json", timeout_s=UP_S).json()["quota"]
    assert quota["machines"] == {"used": 0, "limit": 1}
    assert quota["cpus"] == {"used": 0, "limit": None}

    # and: a plan says what is more than that, and what the cloud does not have
    planned = lab("preview", "--refresh", "--json", timeout_s=UP_S).json()
    assert planned["warnings"] == [
        "lab: 2 more machines are wanted, 0 of 1 are used: 1 too many for the quota"
    ]
    lab.program(TWO.replace("rocky-9", "rocky-99"))
    unknown = lab("preview", code=1, timeout_s=UP_S)
    assert "site lab has no image 'rocky-99': did you mean 'rocky-9'?" in unknown.all

    # when
    text = tenant.file.read_text()
    broken = lab.write("broken.yaml", text.replace("password:", "password: wrong #"))
    lab.environment["OS_CLIENT_CONFIG_FILE"] = str(broken)
    said = lab("site", "check", "lab", code=1, timeout_s=UP_S)

    # then
    assert "does not take these credentials" in said.stdout
    assert "mend `auth:` of cloud lab" in said.stdout
