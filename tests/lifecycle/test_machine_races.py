"""Two experiments, each in a process of its own, that want the last machine at the same moment."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lifecycle.world import SIM, World

ROUNDS = 100
EXPERIMENT = """
import json, sys
from pathlib import Path
from tests.lifecycle.script import machines
from tests.lifecycle.world import World, a_program

world = World(Path(sys.argv[1]), machines=1, shortest_install_s=60.0)
program = a_program(machines(count=1))
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    match line.strip():
        case "plan":
            plan = world.preview(program)
            said = len(plan.changes)
        case "up":
            outcome = world.up(program, plan=plan)
            said = [one.message for one in outcome.failed]
        case "destroy":
            said = [one.message for one in world.destroy().failed]
    print(json.dumps(said), flush=True)
"""


@pytest.fixture
def experiments(tmp_path: Path) -> Iterator[Sequence["subprocess.Popen[str]"]]:
    """Two stacks over one pool of one machine."""
    World(tmp_path, machines=1).site.pool.leases(SIM)  # brings the machine in
    with ExitStack() as stack:
        started = [
            stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", EXPERIMENT, str(tmp_path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    cwd=Path(__file__).parents[2],
                )
            )
            for _ in range(2)
        ]
        for one in started:
            stack.callback(one.kill)
        assert answers(started) == ["ready", "ready"]
        yield started


def answers(experiments: Sequence["subprocess.Popen[str]"]) -> list[Any]:
    return [json.loads(one.stdout.readline()) for one in experiments if one.stdout]


def tell(experiments: Sequence["subprocess.Popen[str]"], word: str) -> list[Any]:
    """Let both do something at the same moment; return what they say of it."""
    for one in experiments:
        assert one.stdin is not None
        one.stdin.write(f"{word}\n")
        one.stdin.flush()
    return answers(experiments)


@pytest.mark.timeout(600)
def test_the_last_machine_goes_to_one_of_two_experiments_and_the_other_learns_when_it_is_free(
    tmp_path: Path, experiments: Sequence["subprocess.Popen[str]"]
) -> None:
    pool = World(tmp_path, machines=1).site.pool
    for _ in range(ROUNDS):
        # given
        assert all(tell(experiments, "plan"))

        # when
        failures = tell(experiments, "up")

        # then
        (lease,) = pool.leases(SIM)
        assert [one.name for one in lease.machines] == ["i01"]
        assert sorted(map(bool, failures)) == [False, True]
        (lost,) = filter(None, failures)
        assert "i01 is leased to ada until" in lost[0]
        assert "next free at 2026-03-02" in lost[0]
        assert tell(experiments, "destroy") == [[], []]
        assert pool.leases(SIM) == []
