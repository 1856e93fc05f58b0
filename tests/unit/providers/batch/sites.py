"""Sites for tests of jobs: one in memory, one far away that says what a test wants."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Start, Ticket, Waiting
from cloudmesh_iac.engine.abilities import RunsJobs
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.providers.simulated.scheduler import SimulatedScheduler
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import SteppedClock, a_computer

SIM = SiteName("sim")
FAR = SiteName("far")
PLACE: dict[str, Any] = {"project": "lab", "stack": "hello"}


class TickingClock(SteppedClock):
    """Half a second passes each time that somebody looks."""

    def now(self) -> datetime:
        self.at += timedelta(seconds=0.5)
        return self.at


class FarSite:
    """Runs jobs, as far as anybody knows: every call ends with the same error."""

    def __init__(self, error: CmxError) -> None:
        self._error = error

    def _fail(self, *_: object) -> NoReturn:
        raise self._error

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        self._fail(starts)

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        self._fail(tickets)

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        self._fail(tickets)

    def poll_after_s(self, polls: int) -> float:
        return 7.0

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        self._fail(tickets)

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        self._fail(project, stack)

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        self._fail(ticket)

    def log_path(self, ticket: Ticket) -> Path:
        self._fail(ticket)

    def problem(self) -> str | None:
        return "the far site is closed"


class Lab:
    """A project with a site in memory; `scheduler` is the world behind it."""

    def __init__(self, folder: Path, *, clock: SteppedClock | None = None) -> None:
        self.folder = folder
        self.clock = clock or SteppedClock()
        options = {"workdir": "jobs", "shortest_s": 0, "longest_s": 0, "poll_s": 0.001}
        site = Site(SIM, "simulated", folder, options)
        bad = Site(SiteName("bad"), "simulated", folder, {"slotz": 1}, "cloudmesh.yaml")
        settings = Settings(folder, {SIM: site, bad.name: bad}, SIM, Limits())
        self.sites = OpenSites(settings, a_computer(folder, clock=self.clock))
        self.jobs = Jobs(self.sites)
        provider = self.sites.provider(SIM)
        assert isinstance(provider, SimulatedProvider)
        self.provider = provider
        self.scheduler: SimulatedScheduler = provider.scheduler

    def open(self, name: SiteName, provider: RunsJobs | object) -> None:
        """Put a provider of the test's own behind a name."""
        self.sites._open[name] = provider

    def submission(self, point: str = "pi", *, token: str = "t1", **more: Any) -> dict[str, Any]:
        return {**PLACE, "site": "sim", "point": point, "token": token, "command": "true", **more}

    def start(self, point: str = "pi", **more: Any) -> tuple[dict[str, Any], Ticket]:
        """Start a job; return the outputs of its Submission and its ticket, still held."""
        [outputs] = self.jobs.start(SIM, [self.submission(point, **more)])
        assert isinstance(outputs, dict)
        return outputs, Ticket(**outputs["ticket"])

    def done(self, point: str = "pi", **more: Any) -> tuple[dict[str, Any], Done]:
        """Run a job to its end; return the inputs of its Completion and how it ended."""
        outputs, ticket = self.start(point, **more)
        self.jobs.confirm(SIM, [ticket])
        answer = self.jobs.poll(SIM, [ticket])[ticket]
        assert isinstance(answer, Done)
        return {**PLACE, "point": point, "ticket": outputs["ticket"]}, answer

    def calls(self, name: str) -> list[tuple[str, ...]]:
        return [tokens for call, tokens in self.scheduler.calls if call == name]
