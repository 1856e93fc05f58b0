"""What the suite of schedulers needs of a site: a harness per kind, and jobs to try it with."""

import shlex
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Done, Failure, JobRequest, SiteName, Start, Ticket, Waiting
from cloudmesh_iac.engine.abilities import RunsJobs
from cloudmesh_iac.providers.local.provider import LocalProvider
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.settings.computer import Computer, SystemClock, this_computer
from cloudmesh_iac.settings.sites import Site

# A kind stands here when there is a fixture `<kind>_site` that gives its JobSite.
SITES = ["simulated", "local", "slurm"]

PROJECT, STACK = "lab", "hello"
Answer: TypeAlias = Waiting | Done | Failure


@dataclass(frozen=True, slots=True)
class Work:
    """What a job of a test does. `command` replaces the rest on sites that run commands."""

    lasts_s: float = 0
    exit_code: int = 0
    prints: str = ""
    writes: Mapping[str, str] = field(default_factory=dict)
    command: str = ""

    def to_command(self) -> str:
        """Return it in the words of a shell."""
        if self.command:
            return self.command
        lines = [f"printf %s {shlex.quote(self.prints)}"] if self.prints else []
        for name, text in self.writes.items():
            lines += [f"mkdir -p {shlex.quote(str(Path(name).parent))}"]
            lines += [f"printf %s {shlex.quote(text)} >{shlex.quote(name)}"]
        lines += [f"sleep {self.lasts_s:g}"] if self.lasts_s else []
        return "\n".join([*lines, f"exit {self.exit_code}"])


AT_ONCE = Work()
FOR_EVER = Work(lasts_s=300)


class JobSite(ABC):
    """One site under test. Subclasses say how its time passes.

    `runs_commands` is false where nothing is really run; `walltime_s` is the shortest walltime that
    the site takes, and `no_timeouts` the reason to leave that test out.
    """

    runs_commands = True
    walltime_s = 1
    no_timeouts = ""
    patience_s = 20.0

    def __init__(self, provider: RunsJobs) -> None:
        self.provider = provider
        self._tokens = count(1)

    @abstractmethod
    def let_time_pass(self) -> None:
        """Wait as long as it makes sense between two polls."""

    def a_request(
        self,
        point: str = "pi",
        work: Work = AT_ONCE,
        *,
        run: int = 0,
        base: str = "b1",
        walltime_s: int | None = None,
        stack: str = STACK,
    ) -> JobRequest:
        """Return a request; equal point, base and run are the same work."""
        return JobRequest(
            project=PROJECT,
            stack=stack,
            point=point,
            command=work.to_command(),
            identity=f"{base}-{run}" if run else base,
            identity_base=base,
            run=run,
            walltime_s=walltime_s,
        )

    def a_start(self, request: JobRequest | None = None) -> Start:
        """Return a start with a new token."""
        return Start(f"token-{next(self._tokens)}", request or self.a_request())

    def start(self, *requests: JobRequest) -> list[Ticket]:
        """Start them and let them run."""
        tickets = self.start_held(*requests)
        self.provider.confirm(tickets)
        return tickets

    def start_held(self, *requests: JobRequest) -> list[Ticket]:
        answers = self.provider.start([self.a_start(request) for request in requests])
        tickets = [answer for answer in answers if isinstance(answer, Ticket)]
        assert len(tickets) == len(requests), answers
        return tickets

    def ask(self, ticket: Ticket) -> Answer:
        return self.provider.poll([ticket])[ticket]

    def end_of(self, ticket: Ticket) -> Done:
        """Wait for the end of a job."""
        done = self.until(ticket, lambda answer: isinstance(answer, Done))
        assert isinstance(done, Done)
        return done

    def until(self, ticket: Ticket, condition: Callable[[Answer], bool]) -> Answer:
        clock = SystemClock()
        deadline = clock.monotonic_s() + self.patience_s
        while not condition(answer := self.ask(ticket)):
            assert clock.monotonic_s() < deadline, f"still {answer}"
            self.let_time_pass()
        return answer


# --- in memory ------------------------------------------------------------------------------------


class SteppedClock(SystemClock):
    """A clock that goes on when it is told to."""

    def __init__(self, at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class SimulatedJobSite(JobSite):
    runs_commands = False

    def __init__(self, provider: SimulatedProvider, clock: SteppedClock) -> None:
        super().__init__(provider)
        self.scheduler = provider.scheduler
        self.clock = clock

    def let_time_pass(self) -> None:
        self.clock.advance(0.5)

    def a_request(
        self,
        point: str = "pi",
        work: Work = AT_ONCE,
        *,
        run: int = 0,
        base: str = "b1",
        walltime_s: int | None = None,
        stack: str = STACK,
    ) -> JobRequest:
        self.scheduler.durations_s[point] = work.lasts_s
        self.scheduler.exit_codes[point] = work.exit_code
        self.scheduler.files[point] = {"stdout.log": work.prints, **work.writes}
        return super().a_request(
            point, work, run=run, base=base, walltime_s=walltime_s, stack=stack
        )


def simulated_job_site(folder: Path, **options: object) -> SimulatedJobSite:
    clock = SteppedClock()
    provider = SimulatedProvider(
        a_site("simulated", folder, workdir="jobs", **options), a_computer(folder, clock=clock)
    )
    return SimulatedJobSite(provider, clock)


# --- this computer --------------------------------------------------------------------------------


class LocalJobSite(JobSite):
    def __init__(self, provider: LocalProvider, queue: Path) -> None:
        super().__init__(provider)
        self.queue = queue

    def let_time_pass(self) -> None:
        threading.Event().wait(0.01)

    def runners(self) -> list[int]:
        """Return the pids of this queue's runners, by what the kernel says."""
        return [
            int(folder.name)
            for folder in Path("/proc").iterdir()
            if folder.name.isdecimal() and str(self.queue) in _command_line(folder)
        ]

    def end_all(self) -> None:
        """Cancel what is left and wait until no process is."""
        live = self.provider.live_jobs(PROJECT, STACK)
        self.provider.cancel([Ticket(SiteName("local"), job.token, job.remote_id) for job in live])
        clock = SystemClock()
        deadline = clock.monotonic_s() + self.patience_s
        while self.provider.live_jobs(PROJECT, STACK) or self.runners():
            assert clock.monotonic_s() < deadline, f"runners {self.runners()} are left"
            self.let_time_pass()
            self.provider.poll([])


@contextmanager
def local_job_site(
    folder: Path, *, computer: Computer | None = None, **options: object
) -> Iterator[LocalJobSite]:
    """Give this computer as a site; at the end nothing of it runs."""
    computer = computer or a_computer(folder)
    settings = {"workdir": "jobs", "slots": 2, "kill_after_s": 0.3, **options}
    provider = LocalProvider(a_site("local", folder, **settings), computer)
    site = LocalJobSite(provider, folder / "jobs" / ".queue" / computer.host)
    try:
        yield site
    finally:
        site.end_all()


def a_site(kind: str, folder: Path, **options: object) -> Site:
    return Site(SiteName(kind), kind, folder, options, origin="sites.yaml")


def a_computer(
    folder: Path,
    *,
    clock: SystemClock | None = None,
    host: str = "laptop",
    boot_id: str = "boot-1",
    environment: Mapping[str, str] | None = None,
) -> Computer:
    real = this_computer().environment
    path = {"PATH": real.get("PATH", "/usr/bin:/bin")}
    return Computer(
        environment=path if environment is None else {**path, **environment},
        host=host,
        user="ada",
        home=folder,
        boot_id=boot_id,
        cores=2,
        clock=clock or SystemClock(),
    )


def _command_line(folder: Path) -> str:
    try:
        return (folder / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
