"""Talk to Slurm: the only module that runs its commands."""

import re
import shutil
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.slurm.answer import Answer
from cloudmesh_iac.providers.slurm.lines import (
    SACCT,
    SQUEUE,
    AccountedJob,
    QueuedJob,
    parse_expected_start,
    parse_job_id,
    parse_largest_array,
    parse_sacct,
    parse_squeue,
)
from cloudmesh_iac.providers.slurm.shared_answer import SharedAnswer
from cloudmesh_iac.providers.slurm.submit_limits import (
    QUALITIES,
    Limit,
    SubmitLimits,
    associations,
    parse_submit_limits,
)
from cloudmesh_iac.settings.computer import Computer

# All that the commands get of our environment: SBATCH_PARTITION and its kin would change what they
# do, and anything else could end in a job or in the accounting.
_KEPT = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LD_LIBRARY_PATH",
    "TZ",
    "SLURM_CONF",
    "SLURM_JWT",
)
_OF_ONE_CLUSTER = frozenset({"sbatch", "squeue", "scontrol", "scancel", "sacct"})
_LONGEST_GUESS_S = 5  # nobody waits for a guess
_NO_ACCESS = re.compile(r"access/permission denied|not authorized", re.IGNORECASE)
_CLUSTER = re.compile(r"^ClusterName\s*=\s*(\S+)", re.MULTILINE)
_NO_ACCOUNTING = "accounting storage is disabled"


class Slurm(Protocol):
    """What we ask of a cluster. Errors of all: SiteUnreachable, SiteRefused."""

    def submit(self, arguments: Sequence[str]) -> str:
        """Return the new job's id. SiteUnreachable leaves open whether there is a job."""
        ...

    def jobs(self) -> tuple[QueuedJob, ...]:
        """Return this person's jobs that the controller knows, also those that ended lately."""
        ...

    def recent_jobs(self, *, younger_than_s: float) -> tuple[QueuedJob, ...]:
        """Return the same as it was not so long ago, whoever of this person's cmx has asked."""
        ...

    def history(self, ids: Sequence[str], since: datetime) -> tuple[AccountedJob, ...] | None:
        """Return what the accounting knows, oldest first; None where there is no accounting."""
        ...

    def release(self, ids: Sequence[str]) -> None: ...

    def hold(self, ids: Sequence[str]) -> None: ...

    def update(self, remote_id: str, assignments: Sequence[str]) -> None:
        """Change a job: `TimeLimit=20` and its like. A refused one may be changed in part."""
        ...

    def cancel(self, ids: Sequence[str]) -> None: ...

    def cancel_waiting(self, ids: Sequence[str]) -> None:
        """Cancel jobs and arrays as far as they have not begun."""
        ...

    def cluster(self) -> str:
        """Return the ClusterName: job ids mean something only together with it. Asked once."""
        ...

    def problem(self) -> str | None:
        """Return why the cluster cannot be used from here."""
        ...

    def largest_array(self) -> int:
        """Return how many tasks one array may have; asked once."""
        ...

    def submit_limit(self, accounts: frozenset[str], qualities: frozenset[str]) -> Limit | None:
        """Return how many jobs there may be at a time; None where nobody says.

        The smallest limit of these accounts and those above, and of these qualities of service; ""
        is a job that names none. Asked once.
        """
        ...

    def expected_start(self, options: Sequence[str]) -> datetime | None:
        """Return when a job with these options would start; None where that is not said."""
        ...


class SlurmClient:
    """The commands of Slurm on this computer. `folder` is where they are when not on PATH."""

    def __init__(
        self,
        site: str,
        computer: Computer,
        *,
        folder: Path | None = None,
        timeout_s: float = 30,
        cluster: str | None = None,
        shared: SharedAnswer | None = None,
    ) -> None:
        """`shared` keeps the answers of the queue; `cluster` is named to each command."""
        self._site = site
        self._shared = shared
        self._folder = folder
        self._timeout_s = timeout_s
        self._cluster = cluster
        given = computer.environment
        self._environment = {name: given[name] for name in _KEPT if name in given}
        self._environment["LC_ALL"] = "C"
        # Without it a list of tasks is cut after 64 characters.
        self._environment["SLURM_BITSTR_LEN"] = "0"
        self._user = computer.user
        self._config: str | None = None
        self._limits: SubmitLimits | None = None

    def submit(self, arguments: Sequence[str]) -> str:
        answer = self._checked(self._change("sbatch", *arguments))
        remote_id = parse_job_id(answer.out)
        if remote_id is None:
            raise SiteUnreachable(
                f"sbatch did not say the id of the job, but {answer.out.strip()[:200]!r}",
                subject=self._site,
                hint="the job has a name of its own, so it is safe to repeat",
            )
        return remote_id

    def jobs(self) -> tuple[QueuedJob, ...]:
        return self.recent_jobs(younger_than_s=0)

    def recent_jobs(self, *, younger_than_s: float) -> tuple[QueuedJob, ...]:
        if self._shared is None:
            return parse_squeue(self._ask_queue())
        return parse_squeue(self._shared.get(self._ask_queue, younger_than_s=younger_than_s))

    def _ask_queue(self) -> str:
        return self._checked(self._query("squeue", *SQUEUE)).out

    def history(self, ids: Sequence[str], since: datetime) -> tuple[AccountedJob, ...] | None:
        began = f"--starttime={since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
        answer = self._query("sacct", *SACCT, began, f"--jobs={','.join(ids)}")
        if answer.code and (_NO_ACCOUNTING in answer.err or _NO_ACCESS.search(answer.err)):
            return None
        return parse_sacct(self._checked(answer).out)

    def release(self, ids: Sequence[str]) -> None:
        self._checked(self._change("scontrol", "release", ",".join(ids)))

    def hold(self, ids: Sequence[str]) -> None:
        self._checked(self._change("scontrol", "hold", ",".join(ids)))

    def update(self, remote_id: str, assignments: Sequence[str]) -> None:
        self._checked(self._change("scontrol", "update", f"JobId={remote_id}", *assignments))

    def cancel(self, ids: Sequence[str]) -> None:
        self._checked(self._change("scancel", *ids))

    def cancel_waiting(self, ids: Sequence[str]) -> None:
        self._checked(self._change("scancel", "--state=PENDING", *ids))

    def ping(self) -> Answer:
        """Ask which controllers there are; code 0 when one answers. Errors: SiteUnreachable."""
        return self.run("scontrol", "ping")

    def problem(self) -> str | None:
        missing = [name for name in ("sbatch", "squeue", "scontrol") if not self._has(name)]
        if missing:
            return f"{missing[0]} is not found on this computer: {self._remedy()}"
        try:
            answer = self.ping()
        except SiteUnreachable as error:
            return f"{error.message}: {error.hint}"
        if answer.code == 0 or " is UP" in answer.out:
            return None
        said = answer.sentence if answer.err.strip() else answer.out.strip()
        return f"the controller of Slurm does not answer ({said}): ask the site, or try again later"

    def largest_array(self) -> int:
        return parse_largest_array(self._configuration())

    def cluster(self) -> str:
        found = _CLUSTER.search(self._configuration())
        return found[1] if found else ""

    def _configuration(self) -> str:
        if self._config is None:
            self._config = self._checked(self.run("scontrol", "show", "config")).out
        return self._config

    def submit_limit(self, accounts: frozenset[str], qualities: frozenset[str]) -> Limit | None:
        if self._limits is None:
            self._limits = self._ask_limits()
        return self._limits.tightest(accounts, qualities)

    def _ask_limits(self) -> SubmitLimits:
        """Without an accounting, or where nobody may or can ask it, only a refusal tells."""
        try:
            accounts = self.run("sacctmgr", *associations(self._user, self._cluster))
            qualities = self.run("sacctmgr", *QUALITIES)
        except SiteUnreachable:
            return SubmitLimits()
        return parse_submit_limits(
            accounts.out if accounts.code == 0 else "",
            qualities.out if qualities.code == 0 else "",
        )

    def expected_start(self, options: Sequence[str]) -> datetime | None:
        limit_s = min(self._timeout_s, _LONGEST_GUESS_S)
        arguments = ("--test-only", "--export=NONE", *options, "--wrap=true")
        answer = self.run("sbatch", *arguments, timeout_s=limit_s, TZ="UTC")
        return parse_expected_start(self._checked(answer).err)

    def run(
        self, name: str, *arguments: str, timeout_s: float | None = None, **environment: str
    ) -> Answer:
        """Run a command to its end. Errors: SiteUnreachable: it is missing, or takes too long."""
        if self._cluster is not None and name in _OF_ONE_CLUSTER:
            arguments = (f"--clusters={self._cluster}", *arguments)
        limit_s = self._timeout_s if timeout_s is None else timeout_s
        program = name if self._folder is None else str(self._folder / name)
        try:
            ended = subprocess.run(
                [program, *arguments],
                env={**self._environment, **environment},
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=limit_s,
                check=False,
                # Ctrl-C is for us: an sbatch that dies half-way leaves open whether there is a job.
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as error:
            raise SiteUnreachable(
                f"site {self._site} did not answer {name} within {limit_s:g} s",
                subject=self._site,
                hint="ask the site whether its controller is up, or try again later",
            ) from error
        except OSError as error:
            raise SiteUnreachable(
                f"{name} cannot be run on this computer ({error.strerror})",
                subject=self._site,
                hint=self._remedy(),
            ) from error
        return Answer(ended.returncode, ended.stdout, ended.stderr)

    def _checked(self, answer: Answer) -> Answer:
        return answer.or_error(self._site, cluster=self._cluster)

    def _change(self, name: str, *arguments: str) -> Answer:
        try:
            return self.run(name, *arguments)
        finally:  # also of a command that did not come back: it may have been carried out
            if self._shared is not None:
                self._shared.forget()

    def _query(self, name: str, *arguments: str) -> Answer:
        return self.run(name, *arguments, TZ="UTC")  # the commands print local times without a zone

    def _has(self, name: str) -> bool:
        path = self._environment.get("PATH") if self._folder is None else str(self._folder)
        return shutil.which(name, path=path) is not None

    def _remedy(self) -> str:
        return (
            "load the site's Slurm first (often `module load slurm`), or set `bin` of site "
            f"{self._site} to the folder of its commands"
        )
