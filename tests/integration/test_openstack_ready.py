"""Machines of a real OpenStack that have to answer; here they answer as soon as we let them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.integration.openstack_engines import Engine, Ours, Theirs
from tests.rigs.openstack.lab import FLAVOR, IMAGE, Tenant
from tests.rigs.waiting import eventually
from tests.unit.providers.reach.servers import a_server

NAMES = ("vm0", "vm1", "vm2")
SSH = 22
# Servers are records: what has an address of this computer can be let answer here.
PROGRAM = f"""
import cloudmesh_iac as cmx

network = cmx.Network("lab", name_on_site="lab")
subnet = cmx.Subnet(
    "lab",
    network=network,
    cidr="127.9.0.0/24",
    name_on_site="lab",
    provider_args={{"enable_dhcp": False}},  # else Neutron refuses such a range
)
for name in {NAMES}:
    cmx.VM(
        name,
        image="{IMAGE}",
        flavor="{FLAVOR}",
        network=subnet,
        name_on_site=name,
        ready="LIMIT",
    )
"""


@pytest.fixture
def ours(cmx: Cmx, openstack_plugins: Path, tenant: Tenant) -> Engine:
    return Ours(cmx, tenant)


@pytest.fixture(params=["ours", "theirs"])
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, *, openstack_plugins: Path, tenant: Tenant
) -> Engine:
    if request.param == "ours":
        return Ours(request.getfixturevalue("cmx"), tenant)
    return Theirs(tmp_path / "pulumi", request.getfixturevalue("pulumi_programs"), tenant)


def address_of(cloud: Any, name: str) -> str:
    """Return the address of a server that is there, empty before."""
    [server] = list(cloud.compute.servers(name=f"^{name}$")) or [None]
    if server is None or server.status != "ACTIVE":
        return ""
    return next((one["addr"] for found in server.addresses.values() for one in found), "")


@contextmanager
def booting(tenant: Tenant) -> Iterator[None]:
    """Let each server answer some time after it is there, until the block ends."""
    cloud = tenant.connect()
    with ExitStack() as servers, ThreadPoolExecutor(1) as pool:

        def boot() -> None:
            for name in NAMES:
                address = eventually(lambda name=name: address_of(cloud, name), within_s=600)  # type: ignore[misc]
                servers.enter_context(a_server(b"SSH-2.0-lab\r\n", address=address, port=SSH))

        booted = pool.submit(boot)
        yield
        booted.result()
    cloud.close()


def test_a_run_ends_when_every_machine_answers_on_either_engine(engine: Engine) -> None:
    # given
    program = PROGRAM.replace("LIMIT", "10m")

    # when
    with booting(engine.tenant):
        came = engine.run("up", program)

    # then
    assert not came.has_failed, came.words
    assert len([one for one in came.changes if "Instance" in one["urn"]]) == len(NAMES)
    again = engine.run("up", program)
    assert (again.has_failed, again.changes) == (False, [])


def test_machines_that_do_not_answer_in_time_are_named_and_waited_for_again(ours: Engine) -> None:
    # when
    came = ours.run("up", PROGRAM.replace("LIMIT", "5s"))

    # then
    assert came.has_failed
    assert came.words.count("does not answer as an ssh server at 127.9.0.") >= len(NAMES)
    assert "after 5 s; seen last: the connection was refused" in came.words
    assert "no ssh server listens there: look at its console" in came.words

    # when
    with booting(ours.tenant):
        again = ours.run("up", PROGRAM.replace("LIMIT", "10m"))

    # then: no server is made once more
    assert not again.has_failed, again.words
    assert again.changes == []
