"""Jobs that take more memory than they asked for, on a cluster whose kernel holds them to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.test_cli_sweeps import Bench, a_bench
from tests.rigs.plugin import running
from tests.rigs.sharing import Shared
from tests.rigs.slurm.cluster import (
    SlurmCluster,
    can_hold_memory,
    start_forgetful_cluster,
    stop_cluster,
)
from tests.rigs.waiting import eventually

PATIENCE_S = 120
TAKES_MIB = 300
# The one that is tried again finds on its second attempt that it needs less.
PROGRAM = f"""
import cloudmesh_iac as cmx

TAKE = "/usr/bin/python3 -c 'kept = bytearray({TAKES_MIB} << 20)'"
COMMANDS = {{
    "modest": "true",
    "greedy": TAKE,
    "step": f"srun {{TAKE}}",
    "again": f'[ "$CMX_ATTEMPT" = 2 ] || {{TAKE}}',
}}

with cmx.Experiment("wide"):
    def job(point: cmx.Point) -> cmx.JobSpec:
        what = point["what"]
        return cmx.JobSpec(
            command=f"echo begun >> BEGUN.{{what}}; {{COMMANDS[what]}}",
            walltime="5m",
            memory="LIMIT",
            retries=cmx.Retries(1, on=["OUT_OF_MEMORY"]) if what == "again" else None,
        )

    cmx.Sweep("pi", job=job, axes={{"what": list(COMMANDS)}})
"""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    if not can_hold_memory():
        pytest.skip("the kernel here has no memory cgroups of version 1 to hold jobs")
    own = Shared(Path("/tmp/cmx-memory"), start=start_forgetful_cluster, stop=stop_cluster)
    with running(own) as folder, a_bench(SlurmCluster(folder), tmp_path) as bench:
        yield bench


def write_program(bench: Bench, memory: str) -> None:
    text = PROGRAM.replace("BEGUN", str(bench.cmx.folder / "begun"))
    bench.cmx.program(text.replace("LIMIT", memory), "wide")


def begun(bench: Bench) -> dict[str, int]:
    """Return how often each point has begun."""
    files = bench.cmx.folder.glob("begun.*")
    return {file.suffix[1:]: len(file.read_text().split()) for file in files}


def ends(bench: Bench) -> dict[str, str]:
    return {name.partition("=")[2]: state for name, (state, _) in bench.states().items()}


@pytest.mark.timeout(900)
def test_a_job_over_its_memory_is_told_so_and_runs_with_more(bench: Bench) -> None:
    # given
    write_program(bench, "100 MiB")

    # when
    up = bench.cmx("up", "--yes", "--wait", code=1, timeout_s=PATIENCE_S)

    # then
    why = "it took more memory than it may have: ask for more with `memory=`"
    assert f"the job ended OUT_OF_MEMORY ({why})" in up.all
    assert "--failed" in up.all
    assert ends(bench) == {
        "modest": "COMPLETED",
        "greedy": "OUT_OF_MEMORY",
        "step": "FAILED",  # as Slurm has it
        "again": "COMPLETED",
    }
    assert "`memory=`" in bench.states()["pi/what=step"][1]
    assert why in bench.cmx("status").stdout.replace("\n", " ")
    assert begun(bench) == {"modest": 1, "greedy": 1, "step": 1, "again": 2}

    # when: everybody comes again
    again = bench.cmx("up", "--yes", "--wait", code=1, timeout_s=PATIENCE_S)

    # then
    assert "to create" not in again.stdout
    assert begun(bench) == {"modest": 1, "greedy": 1, "step": 1, "again": 2}

    # when: it may have more
    write_program(bench, f"{2 * TAKES_MIB} MiB")
    more = bench.cmx("up", "--yes", "--wait", code=1, timeout_s=PATIENCE_S)
    bench.cmx("rerun", "--failed", "--yes", "--wait", timeout_s=PATIENCE_S)

    # then: only those that failed run with it
    assert "to create" not in more.stdout
    assert ends(bench)["greedy"] == "COMPLETED"
    assert begun(bench) == {"modest": 1, "greedy": 2, "step": 2, "again": 2}
    (id_,) = [
        job["id"]
        for job in bench.cmx("status", "--json").json()["jobs"]
        if job["urn"].endswith("pi/what=greedy")
    ]
    asked = ["sacct", "-nXP", "-j", id_, "-o", "State,ReqMem"]
    assert eventually(lambda: bench.slurm(*asked).split(), within_s=PATIENCE_S) == [
        f"COMPLETED|{2 * TAKES_MIB}M"
    ]


@pytest.mark.timeout(600)
def test_a_job_over_its_memory_is_told_so_when_nobody_was_there(bench: Bench) -> None:
    # given: its script has written down that the command was killed
    write_program(bench, "100 MiB")
    bench.cmx("up", "--yes", timeout_s=PATIENCE_S)
    eventually(lambda: "greedy" in begun(bench), within_s=PATIENCE_S)

    # when: the controller has forgotten it
    eventually(lambda: not bench.ids(), within_s=PATIENCE_S)

    # then: only the accounting knows why
    assert ends(bench)["greedy"] == "OUT_OF_MEMORY"
    (left,) = bench.workdir.glob("**/what=greedy/**/exit")
    assert left.read_text().split()[2] == "137"
