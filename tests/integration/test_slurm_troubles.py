"""A sweep in trouble, on a cluster of its own: `cmx status` tells the truth, nothing runs twice."""

import os
import signal
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

PATIENCE_S = 240
NODES = 5
# Each point has a node to itself, and those that last have one each. The controller forgets in
# seconds what has ended. The first is over its time while the others are in trouble: a minute is
# the shortest time that Slurm gives.
PROGRAM = """
import cloudmesh_iac as cmx

COMMANDS = {
    "over": "sleep 600",
    "good": "true",
    "bad": "exit 3",
    "greedy": "/usr/bin/python3 -c 'import time; kept = bytearray(600 << 20); time.sleep(300)'",
    "stopped": "sleep 600",
    "preempted": "sleep 600",
    "moved": '[ "$CMX_ATTEMPT" != 1 ] || sleep 600',
    "held": "sleep 600",
}

with cmx.Experiment("wide"):
    def job(point: cmx.Point) -> cmx.JobSpec:
        what = point["what"]
        return cmx.JobSpec(
            command=f"echo begun >> BEGUN.{what}; {COMMANDS[what]}",
            cpus_per_task=2,
            walltime="1m" if what == "over" else "10m",
            memory="100 MiB",
        )

    cmx.Sweep("pi", job=job, axes={"what": list(COMMANDS)})
"""
PREEMPTION = f"""
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
PartitionName=first Nodes=node[1-{NODES}] PriorityTier=10 MaxTime=INFINITE DefMemPerCPU=200 State=UP
"""


def start_controller(folder: Path) -> None:
    """Start the controller anew, with what it has saved, and wait for its answer."""
    cluster = SlurmCluster(folder)
    cluster.run(["sh", "-c", "/usr/sbin/slurmctld </dev/null >/dev/null 2>&1"])
    eventually(lambda: " is UP" in cluster.run(["scontrol", "ping"]).stdout, within_s=PATIENCE_S)


def stop_controller(folder: Path) -> None:
    """It saves its state and ends."""
    pid = int((folder / "run" / "slurmctld.pid").read_text())
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not Path(f"/proc/{pid}/environ").exists(), within_s=PATIENCE_S)


def _start(folder: Path) -> None:
    """A cluster where jobs of one queue give way to those of another."""
    start_forgetful_cluster(folder, nodes=NODES)
    with SlurmCluster(folder).conf.open("a") as conf:
        conf.write(PREEMPTION)
    stop_controller(folder)
    start_controller(folder)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    own = Shared(Path("/tmp/cmx-troubled"), start=_start, stop=stop_cluster)
    with running(own) as folder, a_bench(SlurmCluster(folder), tmp_path) as bench:
        yield bench


def task(bench: Bench, point: str) -> tuple[str, str]:
    """Return id and node of a point as the controller knows it."""
    jobs = bench.cmx("status", "--json", timeout_s=120).json()["jobs"]
    (id_,) = [job["id"] for job in jobs if job["urn"].endswith(f"pi/what={point}")]
    return id_, bench.slurm("squeue", "-h", "-j", id_, "-o", "%N").strip()


def until(bench: Bench, **states: str) -> None:
    """Wait until `cmx status` says this of some points."""
    eventually(
        lambda: {name.partition("=")[2]: state for name, (state, _) in bench.states().items()},
        lambda found: all(found.get(point) == state for point, state in states.items()),
        within_s=PATIENCE_S,
    )


def without_controller(bench: Bench) -> str:
    """Stop the controller while jobs run, and start it again; return what status said meanwhile."""
    until(bench, stopped="RUNNING", preempted="RUNNING")
    stop_controller(bench.cluster.state_dir)
    away = bench.cmx("status", timeout_s=200)
    start_controller(bench.cluster.state_dir)
    until(bench, moved="RUNNING", held="RUNNING")
    return away.all


def make_trouble(bench: Bench) -> None:
    """Let somebody cancel, hold and push away jobs, and take a node away from one."""
    bench.slurm("scancel", task(bench, "stopped")[0])
    bench.slurm("scontrol", "requeuehold", task(bench, "held")[0])
    _, node = task(bench, "preempted")
    bench.slurm("sbatch", "-p", "first", "-w", node, "-c", "2", "-o", "/dev/null", "--wrap", "true")
    id_, node = task(bench, "moved")
    bench.slurm("scontrol", "update", f"NodeName={node}", "State=DOWN", "Reason=trouble")
    until(bench, moved="QUEUED")
    bench.slurm("scontrol", "update", f"JobId={id_}", "StartTime=now+3seconds")
    until(bench, stopped="CANCELLED", preempted="PREEMPTED", held="HELD", moved="COMPLETED")
    until(bench, over="TIMEOUT")


@pytest.mark.timeout(1500)
def test_a_sweep_in_trouble_is_told_as_it_is_and_nothing_is_submitted_twice(bench: Bench) -> None:
    # given
    begun = bench.cmx.folder / "begun"
    bench.cmx.program(PROGRAM.replace("BEGUN", str(begun)), "wide")
    up = bench.cmx("up", "--yes", timeout_s=200)
    assert up.code == 0, up.all

    # when
    away = without_controller(bench)
    make_trouble(bench)

    # then
    assert "Unable to contact slurm controller" in away or "did not answer" in away
    states = {name.partition("=")[2]: said for name, said in bench.states().items()}
    assert {point: state for point, (state, _) in states.items()} == {
        "over": "TIMEOUT",
        "good": "COMPLETED",
        "bad": "FAILED",
        # without cgroups Slurm says no more than that it was killed
        "greedy": "OUT_OF_MEMORY" if can_hold_memory() else "FAILED",
        "stopped": "CANCELLED",
        "preempted": "PREEMPTED",
        "moved": "COMPLETED",
        "held": "HELD",
    }
    jobs = bench.cmx("status", "--json", timeout_s=120).json()["jobs"]
    codes = {job["urn"].rpartition("=")[2]: job["exit_code"] for job in jobs}
    assert codes["bad"] == 3
    assert "`walltime=`" in states["over"][1]
    assert "`memory=`" in states["greedy"][1] or not can_hold_memory()

    # when: everybody comes again
    again = bench.cmx("up", "--yes", code=1, timeout_s=200)

    # then: each point once, only what the site put back began twice; the one with a time of its own
    # stands beside the array of the others
    assert "to create" not in again.stdout
    ours = bench.slurm("sacct", "-nXP", "-S", "now-1hour", "-o", "JobID,JobName").splitlines()
    named = [line.partition("|")[0] for line in ours if ".cmx-" in line]
    assert len({id_.partition("_")[0] for id_ in named if "_" in id_}) == 1, ours
    assert len([id_ for id_ in named if "_" not in id_]) == 1, ours
    counts = {
        file.suffix[1:]: len(file.read_text().split()) for file in begun.parent.glob("begun.*")
    }
    assert counts == {**dict.fromkeys(states, 1), "moved": 2}
