"""Sweeps as arrays on a real Slurm: one submission, one job for each point, whatever happens."""

import random
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from tests.integration.cli import Cmx, a_project
from tests.rigs.slurm.cluster import SlurmCluster

SETTINGS = """
default: {site: cluster}
sites:
  cluster: {kind: slurm, workdir: WORKDIR, queue: batch, poll_s: 1, poll_max_s: 2, history_s: 2}
"""
LATER = {"begin": "now+1hour"}
SWEEP = """
import cloudmesh_iac as cmx

with cmx.Experiment("wide"):
    def job(point: cmx.Point) -> cmx.JobSpec:
        return cmx.JobSpec(
            command=cmx.fmt("echo {} >> RAN", point["n"]),
            walltime="2m",
            memory="10 MiB",
            native=NATIVE,
        )

    sweep = cmx.Sweep("pi", job=job, axes={"n": list(range(POINTS))})
"""


@dataclass(frozen=True)
class Bench:
    """A project with one wide sweep."""

    cmx: Cmx
    cluster: SlurmCluster

    @property
    def workdir(self) -> Path:
        return self.cmx.folder / "jobs"

    def sweep(
        self,
        points: int,
        native: Mapping[str, str] | None = None,
        *,
        behind: str = "",
        fields: str = "",
    ) -> None:
        text = SWEEP.rstrip().replace("native=", f"{fields}native=") + behind
        text = text.replace("RAN", str(self.cmx.folder / "ran"))
        text = text.replace("NATIVE", repr(dict(native or {})))
        self.cmx.program(text.replace("POINTS", str(points)), "wide")

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

    def cancel_all(self) -> None:
        self.slurm("scancel", *{one.partition("_")[0] for one in self.ids()})


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Iterator[Bench]:
    with a_bench(slurm, tmp_path) as bench:
        yield bench


@contextmanager
def a_bench(slurm: SlurmCluster, folder: Path) -> Iterator[Bench]:
    """Give a project whose jobs are gone from the cluster afterwards."""
    with a_project(folder) as cmx:
        cmx.environment.update(slurm.environment)
        bench = Bench(cmx, slurm)
        cmx.write("cloudmesh.yaml", SETTINGS.replace("WORKDIR", str(bench.workdir)))
        try:
            yield bench
        finally:
            if bench.ids():
                bench.cancel_all()


@pytest.mark.timeout(600)
def test_a_sweep_is_one_array_and_new_values_are_another(bench: Bench) -> None:
    # given
    bench.sweep(12)

    # when
    first = bench.cmx("up", "--yes", timeout_s=120)
    again = bench.cmx("up", "--yes", timeout_s=120)
    before = bench.ids()
    bench.sweep(15)
    more = bench.cmx("up", "--yes", timeout_s=120)

    # then
    assert "12 to create" in first.stdout
    assert "to create" not in again.stdout
    assert "3 to create" in more.stdout
    assert sizes(before) == [12]
    assert sizes(bench.ids()) == [3, 12]

    # when
    ended = bench.cmx("wait", timeout_s=400)

    # then
    assert ended.code == 0
    assert sorted(map(int, bench.cmx.ran())) == list(range(15))
    assert {state for state, _ in bench.states().values()} == {"COMPLETED"}


@pytest.mark.timeout(900)
def test_a_hundred_points_are_a_hundred_jobs_whenever_cmx_is_killed(bench: Bench) -> None:
    kill_and_count(bench, random.Random("a few"), kills=5)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_hundred_points_are_a_hundred_jobs_after_fifty_kills(bench: Bench) -> None:
    for number in range(10):
        kill_and_count(bench, random.Random(f"many {number}"), kills=5)
        bench.cmx("destroy", "--yes", timeout_s=600)


def kill_and_count(bench: Bench, drawn: random.Random, *, kills: int) -> None:
    """Kill runs at moments between the start and the end of a whole one, then let one end."""
    # given: none begins, so that the controller forgets none of them, and no node is kept busy
    bench.sweep(100, LATER)
    known = set(bench.ids())
    began_s = monotonic()
    bench.cmx("preview", timeout_s=120)
    whole_s = 2 * (monotonic() - began_s)

    # when
    for _ in range(kills):
        up = bench.cmx.start("up", "--yes")
        with suppress(subprocess.TimeoutExpired):
            up.wait(drawn.uniform(0.2, 1.0) * whole_s)
        up.kill()
        up.communicate(timeout=60)
    said = bench.cmx("up", "--yes", timeout_s=300)

    # then
    submitted = set(bench.ids()) - known
    assert len(submitted) == 100, said.all
    status = bench.cmx("status", "--json", timeout_s=120).json()
    assert {job["id"] for job in status["jobs"]} == submitted


@pytest.mark.timeout(600)
def test_a_sweep_that_is_destroyed_leaves_nothing(bench: Bench) -> None:
    # given
    bench.sweep(20, LATER)
    bench.cmx("up", "--yes", timeout_s=120)
    (array,) = {one.partition("_")[0] for one in bench.ids()}

    # when
    destroyed = bench.cmx("destroy", "--yes", timeout_s=300)

    # then
    assert "nothing is left on cluster" in destroyed.stdout
    live = ["squeue", "-h", "-r", "-t", "PD,R,S,CF", "-o", "%F"]
    assert array not in bench.slurm(*live).split()


BEHIND = """
    end = cmx.Job("end", command="wc -l < RAN > lines", walltime="2m", memory="10 MiB",
                  after=sweep, outputs=["lines"])
"""


@pytest.mark.timeout(600)
def test_a_job_behind_a_sweep_is_submitted_at_once_and_begins_after_it(bench: Bench) -> None:
    # given
    bench.sweep(3, behind=BEHIND)

    # when: nobody stays
    up = bench.cmx("up", "--yes", timeout_s=120)
    submitted = sizes(bench.ids())
    again = bench.cmx("up", "--yes", timeout_s=120)
    ended = bench.cmx("wait", timeout_s=400)

    # then
    assert up.code == 0, up.all
    assert submitted == [1, 3]
    assert "to create" not in again.stdout
    assert ended.code == 0, ended.all
    assert (bench.cmx.project / "results" / "wide" / "end" / "lines").read_text().strip() == "3"
    assert sizes(bench.ids()) == [1, 3]

    # when: the log is followed where nobody could ask Slurm
    bench.cmx.environment["SLURM_CONF"] = "/nowhere/slurm.conf"
    followed = bench.cmx("logs", "pi/n=1", "-f", timeout_s=120)
    bench.cmx.environment.update(bench.cluster.environment)

    # then
    assert followed.code == 0, followed.all

    # when: the job behind it is another, and the sweep is as it was
    bench.sweep(3, behind=BEHIND.replace("wc -l", "wc  -l"))
    other = bench.cmx("preview", timeout_s=120)

    # then
    assert "1 to replace" in other.stdout
    assert "3 unchanged" in other.stdout


def sizes(ids: Sequence[str]) -> list[int]:
    """Return how many tasks each array has, and 1 for a job of its own."""
    return sorted(Counter(one.partition("_")[0] for one in ids).values())
