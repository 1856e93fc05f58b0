"""Ten servers on a real OpenStack that is asked for three things at a time, and what one sees."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.integration.openstack_engines import surroundings
from tests.rigs.openstack.lab import FLAVOR, IMAGE, Tenant
from tests.rigs.openstack.listening import Listening

AT_ONCE = 3
SERVERS = [f"vm{number}" for number in range(10)]
_LONGEST_S = 1500
_SILENCE_S = 60  # a line comes every 30 s at the latest; the rest is for a busy computer
PROGRAM = f"""
import cloudmesh_iac as cmx

network = cmx.Network("lab", cidr="10.9.0.0/24")
for name in {SERVERS}:
    cmx.VM(name, image="{IMAGE}", flavor="{FLAVOR}", network=network, name_on_site=name)
"""


@pytest.fixture
def cloud(tenant: Tenant) -> Iterator[Any]:
    connection = tenant.connect()
    yield connection
    connection.close()


@pytest.mark.timeout(3600)
def test_ten_servers_come_three_at_a_time_and_each_is_told(
    cmx: Cmx, openstack_plugins: Path, *, tenant: Tenant, cloud: Any
) -> None:
    # given
    listening = Listening(cmx.folder / "listening")
    listening.install(cmx.home / ".pulumi" / "plugins")
    cmx.environment.update(surroundings(tenant, listening))
    cmx.write("cloudmesh.yaml", f"limits: {{requests: {AT_ONCE}}}\n")
    cmx.program(PROGRAM)

    # when
    said = cmx("up", "--yes", timeout_s=_LONGEST_S)

    # then
    states = {one.name: one.status for one in cloud.compute.servers()}
    assert states == dict.fromkeys(SERVERS, "ACTIVE")
    assert max(call["under_way"] for call in listening.calls()) == AT_ONCE

    # and: who watches hears of each, and is never left alone for long
    lines = [line for line in said.stderr.splitlines() if re.match(r" *\d+\.\ds ", line)]
    for name in SERVERS:
        told = [line for line in lines if f"instance {name} " in line]
        assert len(told) == 2, told  # when it begins, and when it is there
    times = [float(line.split("s ", 1)[0]) for line in lines]
    assert max(after - before for before, after in pairwise(times)) < _SILENCE_S
