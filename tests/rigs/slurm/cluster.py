"""Start, use and stop the Slurm cluster of a test run."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.sharing import Shared
from tests.rigs.starting import CannotStart
from tests.rigs.users import USER, run_as

_SCRIPTS = Path(__file__).parent
_START_S = 900  # with all packages to install
_STOP_S = 120


@dataclass(frozen=True, slots=True)
class SlurmCluster:
    """A running cluster: partitions `debug` (2 nodes) and `batch` (4), 2 CPUs and 2000 MiB a node.

    `environment` is what a client needs, `user` an ordinary user with an account beside root. A
    strict one has 2 nodes, the rules of a busy site (see up.sh), and clients of its own.
    """

    state_dir: Path
    user: str = USER
    is_strict: bool = False

    @property
    def environment(self) -> Mapping[str, str]:
        if self.is_strict:
            return {"SLURM_CONF": str(self.state_dir / "client" / "slurm.conf")}
        return {"SLURM_CONF": str(self.conf)}

    @property
    def conf(self) -> Path:
        return self.state_dir / "etc" / "slurm.conf"

    def run(
        self, argv: Sequence[str], as_user: str | None = None, *, timeout_s: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run a command against the cluster, as root or as a user."""
        return run_as(
            as_user or "root",
            argv,
            environment=self.environment,
            cwd=Path("/tmp"),
            timeout_s=timeout_s,
        )


def start_cluster(folder: Path) -> None:
    """Errors: CannotStart."""
    _start(folder, {})


def can_hold_memory() -> bool:
    """Say whether the kernel of this computer can hold the jobs of a cluster to their memory."""
    return os.access("/sys/fs/cgroup/memory/cgroup.procs", os.W_OK)


def start_forgetful_cluster(folder: Path, *, nodes: int = 4) -> None:
    """The controller forgets in seconds what has ended; jobs are held to their memory if possible.

    Errors: CannotStart.
    """
    cgroups = str(int(can_hold_memory()))
    rules = {"RIG_FORGETS_S": "2", "RIG_CGROUPS": cgroups, "RIG_NODES": str(nodes)}
    _start(folder, rules)


def start_strict_cluster(folder: Path) -> None:
    """Errors: CannotStart."""
    _start(folder, {"RIG_STRICT": "1", "RIG_NODES": "2"})


def _start(folder: Path, rules: Mapping[str, str]) -> None:
    started = _run("up.sh", folder, timeout_s=_START_S, rules=rules)
    if started.returncode:
        lines = started.stderr.strip().splitlines() or ["up.sh failed without a word"]
        raise CannotStart(f"{lines[-1]}{_logs(folder)}")


def stop_cluster(folder: Path) -> None:
    _run("down.sh", folder, timeout_s=_STOP_S)


def shared_cluster() -> Shared:
    return Shared(Path("/tmp/cmx-slurm"), start=start_cluster, stop=stop_cluster)


def shared_strict_cluster() -> Shared:
    return Shared(Path("/tmp/cmx-strict"), start=start_strict_cluster, stop=stop_cluster)


def _run(
    script: str, folder: Path, *, timeout_s: float, rules: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/bash", str(_SCRIPTS / script), str(folder)],
        env={**os.environ, **(rules or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


def _logs(folder: Path) -> str:
    """Return the ends of the daemons' logs: the folder is gone before anybody could look."""
    ends = []
    for log in sorted((folder / "log").glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()[-3:]
        ends += [f"\n  {log.name}: {line}" for line in lines]
    return "".join(ends)
