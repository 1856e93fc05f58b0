"""A study on a real Slurm, and both sites as an ordinary user."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.integration.cli import Cmx, a_project
from tests.integration.test_cli_interrupts import results_exist
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.unprivileged import Unprivileged
from tests.rigs.waiting import eventually

SETTINGS = """
default: {site: cluster}
sites:
  cluster: {kind: slurm, workdir: WORKDIR, queue: batch, poll_s: 1, history_s: 1}
"""
SMALL = ('walltime="1m"', 'walltime="2m", memory="100 MiB"')
TWELVE = ("[1, 2]", "[1, 2, 3, 4]")
ALL = [f"{size} {repeat}" for size in (1, 2, 3, 4) for repeat in (1, 2, 3)]


@dataclass
class Accounted:
    """One job as the accounting knows it."""

    id: str
    state: str
    exit_code: str


@dataclass(frozen=True)
class Bench:
    """A project whose default site is the cluster."""

    cmx: Cmx
    cluster: SlurmCluster

    @property
    def workdir(self) -> Path:
        return self.cmx.folder / "jobs"

    def ids(self) -> list[str]:
        """Return the jobs of this project that the controller has queued or running."""
        said = self.slurm("squeue", "-h", "-o", "%A %Z").splitlines()
        return [line.split()[0] for line in said if str(self.workdir) in line]

    def accounted(self) -> list[Accounted]:
        """Return every job of this project that there ever was, also those that ended."""
        said = self.slurm("sacct", "-nXP", "-o", "JobID,State,ExitCode,WorkDir").splitlines()
        rows = [line.split("|") for line in said if str(self.workdir) in line]
        return [Accounted(row[0], row[1].split()[0], row[2]) for row in rows]

    def ended(self, number: int) -> list[Accounted]:
        """Wait until the accounting, which lags behind, knows the end of so many jobs."""

        def all_over(jobs: list[Accounted]) -> bool:
            return len(jobs) >= number and not {"PENDING", "RUNNING"} & {one.state for one in jobs}

        return eventually(self.accounted, all_over, within_s=30)

    def slurm(self, *argv: str) -> str:
        done = self.cluster.run(argv)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def job_id(self, point: str) -> str:
        status = self.cmx("status", "--json").json()
        (found,) = [job["id"] for job in status["jobs"] if job["urn"].endswith(f"::{point}")]
        return str(found)

    def state(self, point: str) -> tuple[str, str]:
        """Return state and reason."""
        status = self.cmx("status", "--json").json()
        (found,) = [job for job in status["jobs"] if job["urn"].endswith(f"::{point}")]
        return found["state"], found["reason"]


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Iterator[Bench]:
    with a_project(tmp_path) as cmx:
        cmx.environment.update(slurm.environment)
        bench = Bench(cmx, slurm)
        cmx.write("cloudmesh.yaml", SETTINGS.replace("WORKDIR", str(bench.workdir)))
        try:
            yield bench
        finally:
            if left := bench.ids():
                bench.slurm("scancel", *left)


def test_twelve_points_are_twelve_jobs_however_often_they_are_asked_for(bench: Bench) -> None:
    # given
    cmx = bench.cmx
    cmx.study(TWELVE, SMALL)

    # when
    up = cmx("up", "--yes")
    again = cmx("up", "--yes", "--wait")
    third = cmx("up", "--yes", "--wait")

    # then
    assert "12 to create" in up.stdout
    assert "queued or running" in up.stdout
    assert cmx.ran() == ALL, again.all
    assert "nothing to change" in third.stdout
    jobs = bench.ended(12)
    assert [(one.state, one.exit_code) for one in jobs] == [("COMPLETED", "0:0")] * 12
    assert cmx("results", "--csv").stdout.count("COMPLETED") == 12
    assert "12 deleted" in cmx("destroy", "--yes").stdout
    assert cmx("results", "--csv").stdout.count("COMPLETED") == 12


def test_a_run_that_is_killed_submits_nothing_twice(bench: Bench) -> None:
    # given
    cmx = bench.cmx
    cmx.study(TWELVE, SMALL)
    up = cmx.start("up", "--yes", "--wait")

    # when: some are submitted
    eventually(lambda: len(list(bench.workdir.rglob("manifest.json"))) >= 6, every_s=0.001)
    up.kill()
    up.communicate(timeout=10)
    # and again, later
    up = cmx.start("up", "--yes", "--wait")
    eventually(lambda: results_exist(1)(cmx), within_s=60, every_s=0.001)
    up.kill()
    up.communicate(timeout=10)
    said = cmx("up", "--yes", "--wait")

    # then
    assert cmx.ran() == ALL, said.all
    assert len(bench.ended(12)) == 12


def test_a_job_that_fails_is_named_and_alone_runs_again(bench: Bench) -> None:
    # given
    cmx = bench.cmx
    cmx.study(SMALL, script=f'[ "$1 $2" != "2 1" ] || [ -e {cmx.folder}/mended ] || exit 3')

    # when
    up = cmx("up", "--yes", "--wait", code=1)
    again = cmx("up", "--yes", "--wait", code=1)

    # then
    for said in (up, again):
        assert "work/size=2,repeat=1 FAILED" in said.stdout
        assert "exit code 3" in said.stdout
        assert "cmx logs study work/size=2,repeat=1" in said.stdout
    assert len(bench.ended(6)) == 6

    # when
    (cmx.folder / "mended").touch()
    cmx("rerun", "--failed", "--yes", "--wait")

    # then
    jobs = bench.ended(7)
    assert sorted(one.state for one in jobs) == ["COMPLETED"] * 6 + ["FAILED"]
    assert [one.exit_code for one in jobs if one.state == "FAILED"] == ["3:0"]
    assert len(cmx.ran()) == 6
    assert "nothing to change" in cmx("up", "--yes", "--wait").stdout


def test_destroy_cancels_what_is_queued_and_running(bench: Bench) -> None:
    # given: more jobs than there are nodes
    cmx = bench.cmx
    cmx.study(
        ("[1, 2]", "[1, 2, 3]"), SMALL, ('"2m"', '"2m", nodes=2'), script="sleep 100 || exit 9"
    )
    cmx("up", "--yes")
    eventually(lambda: "running" in cmx("status").stdout.splitlines()[0], within_s=40, every_s=1)

    # when
    destroyed = cmx("destroy", "--yes")

    # then
    assert "9 deleted" in destroyed.stdout
    assert "nothing is left on cluster" in destroyed.stdout
    assert eventually(bench.ids, lambda left: not left) == []
    # of a task that is cancelled before it begins, the accounting may keep nothing
    assert {one.state for one in bench.ended(1)} == {"CANCELLED"}
    assert cmx.ran() == []


def test_jobs_cancelled_by_hand_and_put_back_are_told_apart(bench: Bench) -> None:
    # given
    cmx = bench.cmx
    cmx.study(SMALL, script='[ "${SLURM_RESTART_COUNT:-0}" != 0 ] || sleep 100 || exit 9')
    cmx("up", "study", "--repeats", "1", "--yes")
    first, second = "work/size=1,repeat=1", "work/size=2,repeat=1"
    for point in (first, second):
        eventually(partial(bench.state, point), lambda seen: seen[0] == "RUNNING", within_s=40)

    # when
    bench.slurm("scancel", bench.job_id(first))
    requeued = bench.job_id(second)
    bench.slurm("scontrol", "requeue", requeued)
    state, reason = eventually(
        lambda: bench.state(second), lambda seen: seen[0] == "QUEUED", within_s=30, every_s=1
    )
    bench.slurm("scontrol", "update", f"JobId={requeued}", "StartTime=now+3seconds")
    waited = cmx("wait", code=1)

    # then
    assert "put back into the queue" in reason
    assert state == "QUEUED"
    assert f"{first} CANCELLED" in waited.stdout
    assert bench.state(first)[0] == "CANCELLED"
    assert bench.state(second)[0] == "COMPLETED"
    assert cmx.ran() == ["2 1"]


def test_what_sbatch_refuses_is_told_in_its_own_words(bench: Bench) -> None:
    # given
    cmx = bench.cmx
    cmx.study(SMALL, ('walltime="2m"', 'walltime="2m", queue="nosuch"'))

    # when
    said = cmx("up", "study", "--repeats", "1", "--yes", "--wait", code=1)

    # then
    assert "Invalid partition name specified" in said.stdout
    assert "work/size=1,repeat=1" in said.stdout
    assert bench.accounted() == []
    assert cmx.ran() == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("site", ["local", "cluster"])
def test_an_ordinary_user_does_all_of_it(
    slurm: SlurmCluster, unprivileged: Unprivileged, site: str
) -> None:
    # given
    cmx = Cmx(unprivileged.home)
    cmx.write("Pulumi.yaml", "name: lab\nmain: stacks\n")
    workdir = unprivileged.home / "jobs"
    cmx.write("cloudmesh.yaml", SETTINGS.replace("WORKDIR", str(workdir)))
    cmx.study(SMALL)
    for path in (cmx.project, *cmx.project.rglob("*")):
        path.chmod(0o777 if path.is_dir() else 0o666)

    def run(*arguments: str) -> tuple[int, str]:
        done = unprivileged.cmx(
            *arguments, cwd=cmx.project, environment=slurm.environment, timeout_s=90
        )
        return done.returncode, done.stdout + done.stderr

    try:
        # when
        code, said = run("up", "study", "--on", site, "--yes", "--wait")
        again_code, again = run("up", "study", "--on", site, "--yes", "--wait")
        _, results = run("results", "--json")
        destroyed_code, destroyed = run("destroy", "--yes")

        # then
        assert code == 0, said
        assert cmx.ran() == ["1 1", "1 2", "1 3", "2 1", "2 2", "2 3"]
        assert (again_code, "nothing to change" in again) == (0, True), again
        found = [row["metrics"]["square"] for row in json.loads(results)["tables"][0]["rows"]]
        assert found == [1, 1, 1, 4, 4, 4]
        assert destroyed_code == 0, destroyed
        assert f"nothing is left on {site}" in destroyed
    finally:
        cmx.close()


LATE = """
import cloudmesh_iac as cmx

cmx.Job("late", command="true", memory="100 MiB", walltime="WALLTIME", native=NATIVE)
"""


def test_a_waiting_job_gets_other_limits_and_a_finished_one_is_left_alone(bench: Bench) -> None:
    # given
    cmx = bench.cmx

    def write(walltime: str, native: str) -> None:
        cmx.program(LATE.replace("WALLTIME", walltime).replace("NATIVE", native))

    write("9m", '{"begin": "now+1hour"}')
    cmx("up", "--yes")
    first = bench.job_id("late")

    # when
    write("8m", '{"begin": "now+1hour"}')
    shorter = cmx("up", "--yes")
    told = bench.slurm("squeue", "-h", "-j", first, "-o", "%l").strip()
    write("7m", "{}")
    sooner = cmx("up", "--yes", "--wait")
    write("6m", "{}")
    finished = cmx("up", "--yes", "--wait")

    # then
    assert "walltime_s 540 -> 480" in shorter.stdout
    assert "a waiting job gets it" in shorter.stdout
    assert "changed in the queue" in shorter.stderr
    assert told == "8:00"
    assert "submitted again as job" in sooner.all
    assert "counts from the next run on" in finished.stderr
    # the accounting does not list what was taken out of the queue before it could begin
    assert [one.state for one in bench.ended(1)] == ["COMPLETED"]
