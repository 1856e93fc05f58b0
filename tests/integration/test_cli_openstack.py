"""A plain Pulumi program with the package for OpenStack, and its real plugin; no cloud."""

from pathlib import Path

import pytest

from tests.integration.cli import Cmx

PROGRAM = """
import pulumi
import pulumi_openstack as openstack

network = openstack.networking.Network("lab")
subnet = openstack.networking.Subnet(
    "lab", network_id=network.id, cidr="10.9.0.0/24", ip_version=4
)
key = openstack.compute.Keypair("me", public_key="ssh-ed25519 AAAA me")
for number in range(3):
    openstack.compute.Instance(
        f"vm{number}",
        image_name="rocky-9",
        flavor_name="m3.small",
        key_pair=key.name,
        networks=[openstack.compute.InstanceNetworkArgs(uuid=network.id)],
        opts=pulumi.ResourceOptions(depends_on=[subnet]),
    )
pulumi.export("key", key.name)
"""
NOWHERE = {
    "OS_AUTH_URL": "http://127.0.0.1:9/v3",
    "OS_USERNAME": "me",
    "OS_PASSWORD": "hunter2",
    "OS_PROJECT_NAME": "lab",
}


@pytest.fixture
def lab(cmx: Cmx, openstack_plugins: Path) -> Cmx:
    """A project with the program; the plugin is where the administrator has put it."""
    cmx.program(PROGRAM)
    cmx.write("cloudmesh.yaml", f"plugins: {{folder: {openstack_plugins}, download: false}}\n")
    return cmx


def test_a_preview_needs_neither_cloud_nor_credentials(lab: Cmx) -> None:
    # when
    plan = lab("preview", timeout_s=120)

    # then
    assert "6 to create" in plan.stdout
    assert "instance  vm2" in plan.stdout


def test_a_cloud_that_does_not_answer_is_one_sentence_for_each_resource(lab: Cmx) -> None:
    # when
    said = lab("up", "--yes", code=1, environment=NOWHERE, timeout_s=120)

    # then
    assert "network lab failed: Error creating OpenStack networking client" in said.stdout
    assert "subnet lab" in said.stdout
    assert "skipped, because network lab failed" in said.stdout
    assert "hunter2" not in said.all
    assert b"hunter2" not in lab.store.read_bytes()
