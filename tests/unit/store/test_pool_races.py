"""Two processes that want the last machine at the same moment."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.metal import MachineName
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.pools import open_pool
from tests.builders import NOON
from tests.contract.pools import LAB, a_machine
from tests.unit.store.test_pool_file import a_person

ROUNDS = 100
ENDS = NOON + timedelta(hours=2)
SEEKER = """
import json, sys
from pathlib import Path
from cloudmesh_iac.core.metal import Lease, LeaseOwner
from cloudmesh_iac.settings.pools import open_pool
from tests.contract.pools import take
from tests.unit.store.test_pool_file import a_person

user = sys.argv[2]
pool = open_pool(a_person(Path("/nowhere"), CMX_STORE=sys.argv[1]))
print("ready", flush=True)
for line in sys.stdin:
    answer = take(pool, owner=LeaseOwner(user, user), id=f"{user}-{line.strip()}")
    won = isinstance(answer, Lease)
    free = None if won or answer.next_free is None else answer.next_free.isoformat()
    words = "" if won else answer.message
    print(json.dumps({"won": won, "free": free, "words": words}), flush=True)
"""


@pytest.fixture
def person(tmp_path: Path) -> Computer:
    return a_person(tmp_path, CMX_STORE=str(tmp_path / "cmx.db"))


@pytest.fixture
def seekers(person: Computer) -> Iterator[list["subprocess.Popen[str]"]]:
    """Two processes that each ask for a machine when they are told the number of a round."""
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", SEEKER, person.environment["CMX_STORE"], user],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=Path(__file__).parents[3],
                )
            )
            for user in ("ada", "bob")
        ]
        for one in started:
            stack.callback(one.kill)
        yield started


def test_the_last_machine_is_never_given_to_both(
    person: Computer, seekers: list["subprocess.Popen[str]"]
) -> None:
    # given
    pool = open_pool(person)
    pool.put(LAB, [a_machine("i1")])
    assert [one.stdout.readline() for one in seekers if one.stdout] == ["ready\n"] * 2

    for number in range(ROUNDS):
        # when
        for one in seekers:
            assert one.stdin is not None
            one.stdin.write(f"{number}\n")
            one.stdin.flush()
        answers = [json.loads(one.stdout.readline()) for one in seekers if one.stdout]

        # then
        (lease,) = pool.leases()
        assert [one["won"] for one in answers] == [lease.owner.user == "ada", lease.id[:3] == "bob"]
        (lost,) = (one for one in answers if not one["won"])
        assert lost["free"] == ENDS.isoformat()
        assert f"i1 is leased to {lease.owner.user} until" in lost["words"]
        assert lost["words"].endswith("next free at 2026-03-01 14:00 UTC")
        pool.give_back(lease.id, MachineName("i1"))
