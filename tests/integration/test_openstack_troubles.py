"""What goes wrong with a real OpenStack: one sentence each, with a remedy; the rest is done."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import a_project
from tests.integration.openstack_engines import surroundings
from tests.rigs.openstack.cloud.plan import PASSWORD
from tests.rigs.openstack.lab import ENDLESS, FLAVOR, IMAGE, OpenStackLab, Tenant
from tests.rigs.openstack.slow import slow_door

SLOW_S = 30
PROGRAM = f"""
import pulumi
import pulumi_openstack as openstack


def a_network(name, **options):
    network = openstack.networking.Network(name, name=name, opts=pulumi.ResourceOptions(**options))
    openstack.networking.Subnet(
        name,
        name=name,
        network_id=network.id,
        cidr="10.9.0.0/24",
        ip_version=4,
        opts=pulumi.ResourceOptions(**options),
    )
    return network


def a_server(name, network, image="{IMAGE}", flavor="{FLAVOR}", **options):
    return openstack.compute.Instance(
        name,
        name=name,
        image_name=image,
        flavor_name=flavor,
        networks=[openstack.compute.InstanceNetworkArgs(uuid=network.id)],
        opts=pulumi.ResourceOptions(depends_on=options.pop("after", None), **options),
    )


def a_cloud(name):
    return openstack.Provider(name, cloud=name)


kept = a_network("kept")
a_server("good", kept)
a_server("too-big", kept, flavor="{ENDLESS}")
a_server("no-image", kept, image="rocky-1")
a_server("no-password", kept, provider=a_cloud("wrong"))
a_server("nobody", kept, provider=a_cloud("dead"))

poor = a_cloud("poor")
narrow = a_network("narrow", provider=poor)
first = a_server("first", narrow, provider=poor)
a_server("second", narrow, provider=poor, after=[first])

openstack.compute.Keypair(
    "late", name="late", public_key="KEY", opts=pulumi.ResourceOptions(provider=a_cloud("slow"))
)
"""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE+74hsxdgLD299JM90FLDn6W+VomgRc/AI3zPdDII11 me"


@dataclass(frozen=True)
class Ended:
    """How the run ended: the failures by name, the text, and what is in the project now."""

    failed: Mapping[str, Mapping[str, Any]]
    stderr: str
    there: Mapping[str, list[str]]


@pytest.fixture(scope="module")
def ended(
    openstack_lab: OpenStackLab, openstack_plugins: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ended]:
    """One run in which everything goes wrong at once."""
    with (
        openstack_lab.tenant() as tenant,
        openstack_lab.tenant() as poor,
        slow_door(openstack_lab.keystone_port, opens_after_s=SLOW_S) as door,
        a_project(tmp_path_factory.mktemp("troubles")) as cmx,
    ):
        openstack_lab.limit_servers(poor, 1)
        clouds = all_clouds(tenant, poor=poor, slow=door)
        file = cmx.write("clouds.yaml", clouds)
        cmx.write("cloudmesh.yaml", f"plugins: {{folder: {openstack_plugins}, download: false}}\n")
        cmx.program(PROGRAM.replace("KEY", KEY))
        cmx.environment.update({**surroundings(tenant), "OS_CLIENT_CONFIG_FILE": str(file)})
        said = cmx("up", "--yes", "--json", code=1, timeout_s=600)
        failed = {one["urn"].rpartition("::")[2]: one for one in said.json()["outcome"]["failed"]}
        yield Ended(failed, said.stderr, what_is_there(tenant))


def all_clouds(tenant: Tenant, *, poor: Tenant, slow: int) -> str:
    """Return a clouds.yaml with the good cloud `lab`, and others that have something wrong."""
    head, lab = tenant.file.read_text().split("  lab:\n")
    entries = {
        "lab": lab,
        "poor": poor.file.read_text().split("  lab:\n")[1],
        "wrong": lab.replace(f"password: {PASSWORD}", "password: hunter2"),
        "dead": lab.replace(tenant.identity_url, "http://127.0.0.1:9/v3"),
        "slow": lab.replace(tenant.identity_url, f"http://127.0.0.1:{slow}/v3"),
    }
    return head + "".join(f"  {name}:\n{entry}" for name, entry in entries.items())


def what_is_there(tenant: Tenant) -> Mapping[str, list[str]]:
    cloud = tenant.connect()
    mine = {"project_id": cloud.current_project_id}
    try:
        return {
            "servers": sorted(one.name for one in cloud.compute.servers()),
            "networks": [one.name for one in cloud.network.networks(**mine)],
            "keys": [one.name for one in cloud.compute.keypairs()],
        }
    finally:
        cloud.close()


def test_what_can_be_done_is_done(ended: Ended) -> None:
    assert set(ended.there["servers"]) >= {"good"}
    assert ended.there["networks"] == ["kept"]
    assert set(ended.failed) == {"too-big", "no-image", "no-password", "nobody", "second"}


def test_a_keystone_that_answers_late_is_waited_for(ended: Ended) -> None:
    assert ended.there["keys"] == ["late"]
    assert "provider slow has not answered for 10 s: it is waited for" in ended.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("second", ("Quota exceeded for instances", "ask the operators of the cloud")),
        ("too-big", ("unexpected state 'ERROR'", "take a smaller one")),
        ("no-image", ("rocky-1", "openstack image list")),
        ("no-password", ("401", "OS_PASSWORD")),
        ("nobody", ("connection refused", "see that the network is up")),
    ],
)
def test_an_error_is_one_sentence_with_a_remedy(
    ended: Ended, name: str, words: tuple[str, str]
) -> None:
    message, remedy = words
    failed = ended.failed[name]
    assert message in failed["message"]
    assert "\n" not in failed["message"]
    assert remedy in f"{failed['message']} {failed['hint']}"


def test_no_password_is_told(ended: Ended) -> None:
    words = " ".join(f"{one['message']} {one['hint']}" for one in ended.failed.values())
    assert "hunter2" not in words + ended.stderr
    assert PASSWORD not in words + ended.stderr
