"""A job that waits for another which comes back under another id, by the program itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli import a_project
from tests.integration.test_cli_slurm import SETTINGS, Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

PROGRAM = """
import cloudmesh_iac as cmx

with cmx.Experiment("chain"):
    first = cmx.Job(
        "first", command='echo "FIRST $CMX_RUN" >>"FOLDER/said"', walltime="2m",
        native={"begin": "now+1hour"},
    )
    cmx.Job("second", command='echo "second $CMX_RUN" >>"FOLDER/said"', walltime="2m", after=first)
"""


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


def waits_for(bench: Bench, job: str) -> str:
    return bench.slurm("squeue", "-h", "-j", job, "-o", "%E").strip()


@pytest.mark.timeout(500)
@pytest.mark.parametrize("word", ["first", "changed"])
def test_a_job_that_runs_anew_is_waited_for_anew(bench: Bench, word: str) -> None:
    # given: both wait, one for its time and one for the other
    program = PROGRAM.replace("FOLDER", str(bench.cmx.folder))
    bench.cmx.write("stacks/chain.py", program.replace("FIRST", "first"))
    bench.cmx("up", "chain", "--yes", timeout_s=120)
    old, second = bench.job_id("first"), bench.job_id("second")
    assert waits_for(bench, second) == f"afterok:{old}(unfulfilled)"

    # when: it is asked to run again, or is another job now
    if word == "first":
        again = bench.cmx("rerun", "chain", "first", "--yes", timeout_s=120)
    else:
        bench.cmx.write("stacks/chain.py", program.replace("FIRST", word))
        again = bench.cmx("up", "chain", "--yes", timeout_s=120)
    new = bench.job_id("first")

    # then: the one behind it kept its place, and waits for the new one
    assert new != old, again.all
    assert sorted(bench.ids()) == sorted([new, second])
    assert waits_for(bench, second) == f"afterok:{new}(unfulfilled)"

    # when
    bench.slurm("scontrol", "update", f"JobId={new}", "StartTime=now")
    ended = bench.cmx("wait", "chain", timeout_s=200)

    # then
    assert ended.code == 0, ended.all
    said = (bench.cmx.folder / "said").read_text().splitlines()
    run = "1" if word == "first" else "0"
    assert said == [f"{word} {run}", "second 0"]


TRIED_AGAIN = """
import cloudmesh_iac as cmx

with cmx.Experiment("chain"):
    first = cmx.Job(
        "first", command='[ "$CMX_ATTEMPT" = 2 ] || exit 75; sleep 2; echo first >>"FOLDER/said"',
        walltime="2m", retries=cmx.Retries(1, on=["exit:75"]), native={"no-requeue": ""},
    )
    cmx.Job("second", command='echo "second" >>"FOLDER/said"', walltime="2m", after=first)
"""


@pytest.mark.timeout(500)
@pytest.mark.parametrize("is_new", [False, True])
def test_behind_a_job_that_a_run_tries_again_everything_goes_on(
    bench: Bench, *, is_new: bool
) -> None:
    # given: the first attempt has failed while nobody was there; one behind it, or none yet
    whole = TRIED_AGAIN.replace("FOLDER", str(bench.cmx.folder))
    alone = whole[: whole.index('    cmx.Job("second"')]
    bench.cmx.write("stacks/chain.py", alone if is_new else whole)
    bench.cmx("up", "chain", "--yes", timeout_s=120)
    eventually(lambda: bench.state("first"), lambda told: "start the next" in told[1], within_s=100)

    # when
    bench.cmx.write("stacks/chain.py", whole)
    ended = bench.cmx("up", "chain", "--yes", "--wait", timeout_s=300)

    # then
    assert ended.code == 0, ended.all
    assert (bench.cmx.folder / "said").read_text().split() == ["first", "second"]
    assert [bench.state(name)[0] for name in ("first", "second")] == ["COMPLETED"] * 2
