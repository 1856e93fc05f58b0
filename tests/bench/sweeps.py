"""A sweep of 1,000 points on a real Slurm, beside `sbatch --array` and a loop of a shell.

`python -m tests.bench.sweeps [FILE]` starts a cluster of its own, as root, and prints a page, or
writes it. The nodes are drained first: what is measured is the submitting, and not the jobs.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from cloudmesh_iac.settings.computer import SystemClock
from tests.bench.surroundings import surroundings
from tests.rigs.slurm.cluster import SlurmCluster, start_cluster, stop_cluster

_CMX = Path(sys.executable).with_name("cmx")
_POINTS = 1_000
_MORE = 10
_TIMEOUT_S = 600
_CALLS = re.compile(r"^\s*root\s+\(\s*0\)\s+count:(\d+)", re.MULTILINE)
_PROGRAM = """
import cloudmesh_iac as cmx

with cmx.Experiment("wide"):
    job = cmx.JobSpec(command="./work $CMX_N", walltime="2m", memory="10 MiB")
    cmx.Sweep("wide", job=job, axes={"n": list(range(POINTS))})
"""
_SETTINGS = """
default: {site: cluster}
sites:
  cluster: {kind: slurm, workdir: WORKDIR, queue: batch}
"""
_SCRIPT = """#!/bin/bash
#SBATCH --partition=batch --time=2 --mem=10M --output=/dev/null
exec ./work "$SLURM_ARRAY_TASK_ID$1"
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One command: seconds of wall time and of processor time, and calls to the controller."""

    what: str
    wall_s: float
    cpu_s: float
    calls: int

    @property
    def row(self) -> str:
        return f"| {self.what} | {self.wall_s:.2f} | {self.cpu_s:.2f} | {self.calls} |"


@dataclass(frozen=True)
class Bench:
    cluster: SlurmCluster
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        return {**surroundings(self.folder / "home"), **self.cluster.environment}

    def prepare(self) -> None:
        (self.folder / "home").mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n")
        text = _SETTINGS.replace("WORKDIR", str(self.folder / "jobs"))
        (self.folder / "cloudmesh.yaml").write_text(text)
        (self.folder / "array.sh").write_text(_SCRIPT)
        self.cluster.run(
            ["scontrol", "update", "nodename=ALL", "state=drain", "reason=only submitting"]
        )

    def points(self, count: int) -> None:
        (self.folder / "wide.py").write_text(_PROGRAM.replace("POINTS", str(count)))

    def measure(self, what: str, argv: Sequence[str]) -> Measured:
        self.cluster.run(["sdiag", "--reset"])
        before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), monotonic()
        ended = subprocess.run(
            argv,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
        wall_s, after = monotonic() - began_s, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert ended.returncode == 0, ended.stderr
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        found = _CALLS.search(self.cluster.run(["sdiag"]).stdout)
        # the sdiag that set the numbers back is one of them
        calls = max(0, int(found[1]) - 1) if found else 0
        return Measured(what, wall_s, cpu_s, calls)

    def cancel_all(self) -> None:
        self.cluster.run(["scancel", "--user=root"], timeout_s=120)

    def tasks(self) -> int:
        return len(self.cluster.run(["squeue", "-h", "-r", "-o", "%i"]).stdout.split())

    def all(self) -> Iterator[Measured]:
        cmx = str(_CMX)
        loop = f"for n in $(seq {_POINTS}); do sbatch --parsable array.sh $n; done"
        yield self.measure(
            f"`sbatch --array=0-{_POINTS - 1}`", ["sbatch", f"--array=0-{_POINTS - 1}", "array.sh"]
        )
        self.cancel_all()
        yield self.measure(f"a loop of {_POINTS:,} `sbatch`", ["bash", "-c", loop])
        self.cancel_all()
        self.points(_POINTS)
        yield self.measure(f"`cmx preview`, {_POINTS:,} points to submit", [cmx, "preview"])
        yield self.measure("`cmx up`: planned, submitted, recorded", [cmx, "up", "--yes"])
        assert self.tasks() == _POINTS
        yield self.measure("`cmx up` again: nothing to submit", [cmx, "up", "--yes"])
        assert self.tasks() == _POINTS
        yield self.measure(f"`cmx status` of {_POINTS:,} waiting jobs", [cmx, "status"])
        self.points(_POINTS + _MORE)
        yield self.measure(f"`cmx up` with {_MORE} new values", [cmx, "up", "--yes"])
        assert self.tasks() == _POINTS + _MORE
        yield self.measure("`cmx destroy`", [cmx, "destroy", "--yes"])
        assert self.tasks() == 0


@contextmanager
def a_cluster() -> Iterator[SlurmCluster]:
    folder = Path(tempfile.mkdtemp(prefix="cmx-bench-"))
    folder.chmod(0o755)
    try:
        start_cluster(folder / "slurm")
        yield SlurmCluster(folder / "slurm")
    finally:
        stop_cluster(folder / "slurm")


def page(rows: Sequence[Measured]) -> str:
    load, today = os.getloadavg()[2], SystemClock().now()
    return "\n".join(
        [
            "# Sweeps on Slurm",
            "",
            f"Measured on {today:%Y-%m-%d} on {os.cpu_count()} cores, Slurm on the same computer,"
            f" load of the last 15 minutes {load:.1f}. Nothing here is a promise.",
            "",
            "Seconds from the shell's view, processor seconds of the command and what it started,"
            " and calls that the controller counted (`sdiag`). The nodes are drained: what is"
            " measured is the submitting, not the jobs. On a busy computer read the processor"
            " seconds and the calls: the seconds are also those of its other work.",
            "",
            "| what | seconds | CPU | calls |",
            "| --- | ---: | ---: | ---: |",
            *[one.row for one in rows],
            "",
            "`python -m tests.bench.sweeps docs/benchmarks-sweeps.md` measures again, as root.",
            "",
        ]
    )


def main() -> None:
    with a_cluster() as cluster, tempfile.TemporaryDirectory(prefix="cmx-sweep-") as folder:
        bench = Bench(cluster, Path(folder))
        bench.prepare()
        rows = list(bench.all())
    text = page(rows)
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
