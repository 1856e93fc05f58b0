"""Sweeps as arrays on a real Slurm: one submission, one job for each point, whatever happens."""

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.cli import Cmx, a_project
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

SETTINGS = """
default: {site: cluster}
sites:
  cluster: {kind: slurm, workdir: WORKDIR, queue: batch, poll_s: 1, poll_max_s: 2, history_s: 2}
"""
SWEEP = """
import cloudmesh_iac as cmx

with cmx.Experiment("wide"):
    def job(point: cmx.Point) -> cmx.JobSpec:
        return cmx.JobSpec(
            command=cmx.fmt("echo {} >> RAN; WORK", point["n"]), walltime="2m", memory="10 MiB"
        )

    cmx.Sweep("pi", job=job, axes={"n": list(range(POINTS))})
"""
KILLS = 5


@dataclass(frozen=True)
class Bench:
    """A project with one wide sweep."""

    cmx: Cmx
    cluster: SlurmCluster

    @property
    def workdir(self) -> Path:
        return self.cmx.folder / "jobs"

    def sweep(self, points: int, work: str = "true") -> None:
        text = SWEEP.replace("RAN", str(self.cmx.folder / "ran"))
        self.cmx.program(text.replace("POINTS", str(points)).replace("WORK", work), "wide")

    def slurm(self, *argv: str) -> str:
        done = self.cluster.run(argv)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ids(self) -> list[str]:
        """Return every task of this project that the controller knows, also what has ended."""
        said = self.slurm("squeue", "-h", "-r", "-t", "all", "-o", "%i %Z").splitlines()
        return sorted(line.split()[0] for line in said if str(self.workdir) in line)

    def states(self) -> dict[str, tuple[str, str]]:
        """Return state and reason of each point."""
        jobs = self.cmx("status", "--json", timeout_s=120).json()["jobs"]
        return {job["urn"].rpartition("::")[2]: (job["state"], job["reason"]) for job in jobs}

    def id_of(self, point: str) -> str:
        jobs = self.cmx("status", "--json", timeout_s=120).json()["jobs"]
        (found,) = [job["id"] for job in jobs if job["urn"].endswith(f"::{point}")]
        return str(found)

    def cancel_all(self) -> None:
        self.slurm("scancel", *{one.partition("_")[0] for one in self.ids()})


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Iterator[Bench]:
    with a_project(tmp_path) as cmx:
        cmx.environment.update(slurm.environment)
        bench = Bench(cmx, slurm)
        cmx.write("cloudmesh.yaml", SETTINGS.replace("WORKDIR", str(bench.workdir)))
        try:
            yield bench
        finally:
            if bench.ids():
                bench.cancel_all()


def numbers(ran: Sequence[str]) -> list[int]:
    return sorted(map(int, ran))


@pytest.mark.timeout(600)
def test_a_sweep_is_one_array_and_ten_new_values_are_ten_new_jobs(bench: Bench) -> None:
    # given
    bench.sweep(40)

    # when
    first = bench.cmx("up", "--yes", "--wait", timeout_s=300)
    again = bench.cmx("up", "--yes", "--wait", timeout_s=300)
    before = bench.ids()
    bench.sweep(50)
    more = bench.cmx("up", "--yes", "--wait", timeout_s=300)

    # then
    assert "40 to create" in first.stdout
    assert "nothing to change" in again.stdout
    assert "10 to create" in more.stdout
    assert len({one.partition("_")[0] for one in before}) == 1
    assert Counter(one.partition("_")[0] for one in bench.ids()).most_common()[1][1] == 10
    assert numbers(bench.cmx.ran()) == list(range(50))
    assert {state for state, _ in bench.states().values()} == {"COMPLETED"}


@pytest.mark.timeout(900)
def test_a_hundred_points_are_a_hundred_jobs_whenever_cmx_is_killed(bench: Bench) -> None:
    # given
    bench.sweep(100)
    drawn = random.Random(f"kill {KILLS}")
    manifests = [drawn.randrange(0, 100) for _ in range(KILLS)]

    # when: it is killed before, while and after it notes that many jobs in their directories
    for number in manifests:
        up = bench.cmx.start("up", "--yes", "--wait")
        eventually(
            lambda wanted=number, run=up: (  # type: ignore[misc]
                run.poll() is not None or len(list(bench.workdir.rglob("manifest.json"))) >= wanted
            ),
            within_s=120,
            every_s=0.001,
        )
        eventually(lambda: drawn.random() < 0.1, within_s=120, every_s=0.01)
        if up.poll() is None:
            os.kill(up.pid, signal.SIGKILL)
        up.communicate(timeout=60)
    said = bench.cmx("up", "--yes", "--wait", timeout_s=600)

    # then
    assert numbers(bench.cmx.ran()) == list(range(100)), said.all
    began = [one for one in bench.ids() if "_" in one or one.isdigit()]
    started = bench.slurm("squeue", "-h", "-r", "-t", "CD,F,R,CG", "-o", "%i %Z").splitlines()
    assert sum(str(bench.workdir) in line for line in started) == 100, began


@pytest.mark.timeout(600)
def test_tasks_that_end_badly_each_tell_the_truth(bench: Bench) -> None:
    # given: the first fails, the second is too large, the others stay
    rules = "case $CMX_N in 0) exit 3 ;; 1) kill -9 $$ ;; *) sleep 300 ;; esac"
    bench.sweep(12, rules)
    bench.cmx("up", "--yes", timeout_s=120)

    def all_run() -> bool:
        states = bench.states()
        begun = [state for state, _ in states.values() if state not in {"QUEUED", "HELD"}]
        return len(begun) >= 10

    eventually(all_run, within_s=120, every_s=1)
    waiting = [name for name, (state, _) in bench.states().items() if state == "QUEUED"]
    running = [name for name, (state, _) in bench.states().items() if state == "RUNNING"]
    assert waiting
    assert len(running) >= 2

    # when
    bench.slurm("scancel", bench.id_of(running[0]))
    bench.slurm("scontrol", "requeue", bench.id_of(running[1]))
    bench.slurm("scontrol", "hold", bench.id_of(waiting[0]))

    # then
    def is_told() -> bool:
        states = bench.states()
        return (
            states[running[0]][0] == "CANCELLED"
            and "put back into the queue" in states[running[1]][1]
            and states["pi/n=0"][0] == states["pi/n=1"][0] == "FAILED"
        )

    eventually(is_told, within_s=120, every_s=1)
    assert bench.cmx.ran().count("2") <= 2


@pytest.mark.timeout(600)
def test_a_sweep_that_is_destroyed_leaves_nothing(bench: Bench) -> None:
    # given
    bench.sweep(20, "sleep 300")
    bench.cmx("up", "--yes", timeout_s=120)

    # when
    destroyed = bench.cmx("destroy", "--yes", timeout_s=300)

    # then
    assert "nothing is left on cluster" in destroyed.stdout
    live = bench.slurm("squeue", "-h", "-r", "-o", "%i %Z").splitlines()
    assert not [line for line in live if str(bench.workdir) in line and "CG" not in line]
