"""A cluster that does what it is told, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from cloudmesh_iac.core.jobs import JobRequest, SiteName, Start
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.slurm.lines import AccountedJob, QueuedJob
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.providers.slurm.submit_limits import Limit
from cloudmesh_iac.settings.computer import Computer, SystemClock
from cloudmesh_iac.settings.sites import Site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class StoppedClock(SystemClock):
    """A clock that goes on only when somebody waits on it."""

    def __init__(self) -> None:
        self.passed_s = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed_s)

    def monotonic_s(self) -> float:
        return self.passed_s

    def wait(self, event: Event, timeout_s: float) -> bool:
        self.passed_s += timeout_s
        return event.is_set()


@dataclass
class FakeSlurm:
    """Answers from its lists. `refusal` is raised by the next call of the named method."""

    queue: list[QueuedJob] = field(default_factory=list)
    accounting: list[AccountedJob] | None = field(default_factory=list)
    refusal: dict[str, CmxError] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    submitted: list[list[str]] = field(default_factory=list)
    most_tasks: int = 1001
    limit: int | None = None
    asked_limits: list[tuple[frozenset[str], frozenset[str]]] = field(default_factory=list)
    starts_at: datetime | None = None
    name: str = "big"

    def submit(self, arguments: Sequence[str]) -> str:
        self._called("submit")
        self.submitted.append(list(arguments))
        return str(100 + len(self.submitted))

    def jobs(self) -> tuple[QueuedJob, ...]:
        self._called("jobs")
        return tuple(self.queue)

    def recent_jobs(self, *, younger_than_s: float) -> tuple[QueuedJob, ...]:
        return self.jobs()

    def history(self, ids: Sequence[str], since: datetime) -> tuple[AccountedJob, ...] | None:
        self._called("history")
        if self.accounting is None:
            return None
        return tuple(job for job in self.accounting if job.remote_id in ids)

    def release(self, ids: Sequence[str]) -> None:
        self._called(f"release {' '.join(ids)}")

    def hold(self, ids: Sequence[str]) -> None:
        self._called(f"hold {' '.join(ids)}")

    def update(self, remote_id: str, assignments: Sequence[str]) -> None:
        self._called(f"update {remote_id} {' '.join(assignments)}")

    def cancel(self, ids: Sequence[str]) -> None:
        self._called(f"cancel {' '.join(ids)}")

    def cancel_waiting(self, ids: Sequence[str]) -> None:
        self._called(f"cancel-waiting {' '.join(ids)}")

    def cluster(self) -> str:
        return self.name

    def problem(self) -> str | None:
        return None

    def largest_array(self) -> int:
        return self.most_tasks

    def submit_limit(self, accounts: frozenset[str], qualities: frozenset[str]) -> Limit | None:
        self.asked_limits.append((accounts, qualities))
        if self.limit is None:
            return None
        return Limit(self.limit, f"MaxSubmitJobs={self.limit} of account science")

    def expected_start(self, options: Sequence[str]) -> datetime | None:
        self._called(f"test {' '.join(options)}")
        return self.starts_at

    def _called(self, what: str) -> None:
        self.calls.append(what)
        error = self.refusal.pop(what.split(maxsplit=1)[0], None)
        if error is not None:
            raise error


def a_job(remote_id: str = "7", state: str = "RUNNING", **changes: object) -> QueuedJob:
    job = QueuedJob(
        remote_id=remote_id,
        state=state,
        reason="None",
        start=None,
        end=None,
        restarts=0,
        wait_status=0,
        nodes="" if state == "PENDING" else "n1",
        name="pi.cmx-t1",
        comment="cmx:v1:lab/hello/pi",
        directory="/elsewhere",
    )
    return replace(job, **changes)  # type: ignore[arg-type]


def an_accounted(remote_id: str = "7", state: str = "COMPLETED", **changes: object) -> AccountedJob:
    job = AccountedJob(
        remote_id=remote_id,
        state=state,
        exit_code=0,
        signal=0,
        start=None,
        end=None,
        nodes="n1",
        name="pi.cmx-t1",
    )
    return replace(job, **changes)  # type: ignore[arg-type]


def a_request(**changes: object) -> JobRequest:
    request = JobRequest(
        project="lab", stack="hello", point="pi", command="true", identity="i1", identity_base="i1"
    )
    return replace(request, **changes)  # type: ignore[arg-type]


def a_start(token: str = "t1", **changes: object) -> Start:
    return Start(token, a_request(**changes))


def a_site(folder: Path, **options: object) -> Site:
    return Site(SiteName("big"), "slurm", folder, {"workdir": "jobs", **options}, "sites.yaml")


def a_computer(
    folder: Path,
    *,
    clock: SystemClock | None = None,
    environment: Mapping[str, str] | None = None,
) -> Computer:
    return Computer(
        environment=environment or {},
        host="login1",
        user="ada",
        home=folder / "home",
        boot_id="",
        cores=2,
        clock=clock or StoppedClock(),
    )


def a_provider(folder: Path, slurm: FakeSlurm, clock: SystemClock | None = None) -> SlurmProvider:
    return SlurmProvider(a_site(folder), a_computer(folder, clock=clock), slurm=slurm)
