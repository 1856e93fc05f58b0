"""Jobs on one Slurm cluster."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    Forecast,
    JobScript,
    JobState,
    LimitsChanged,
    LiveJob,
    SiteName,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import stack_directory
from cloudmesh_iac.providers.batch.manifest import mark_cancelled
from cloudmesh_iac.providers.slurm.arrays import read_array
from cloudmesh_iac.providers.slurm.behind import let_follow
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.expecting import Expectations
from cloudmesh_iac.providers.slurm.following import (
    followed,
    its,
    raise_elsewhere,
)
from cloudmesh_iac.providers.slurm.limits import change_limits
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.looks import Looks
from cloudmesh_iac.providers.slurm.names import comment_start, token_of
from cloudmesh_iac.providers.slurm.places import Place, by_place, named
from cloudmesh_iac.providers.slurm.retrying import try_again
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.submission import Submissions
from cloudmesh_iac.providers.slurm.words import HELD_BY_USER, state_of
from cloudmesh_iac.settings.computer import SystemClock


class OneCluster:
    """What a site does on its own cluster, or on one that the jobs name."""

    def __init__(
        self,
        site: SiteName,
        slurm: Slurm,
        settings: SlurmSettings,
        *,
        answers: Path,
        clock: SystemClock,
    ) -> None:
        """`answers` is the file beside which the answers of this cluster are kept."""
        self._settings = settings
        self._slurm = slurm
        self._submissions = Submissions(site, slurm, settings=settings, clock=clock)
        self._looks = Looks(slurm, settings, clock)
        starts = answers.with_name(f"{answers.name}.starts")
        self._expectations = Expectations(slurm, clock, starts)

    def name(self) -> str:
        """Errors: SiteUnreachable, SiteRefused."""
        return self._slurm.cluster()

    def problem(self) -> str | None:
        return self._slurm.problem()

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        return self._submissions.start(starts)

    def script(self, start: Start) -> JobScript:
        return self._submissions.script(start)

    def change_limits(self, ticket: Ticket, start: Start) -> LimitsChanged:
        return change_limits(self._submissions, ticket, start)

    def forecast(self, starts: Sequence[Start]) -> Forecast:
        headers = self._submissions.headers(starts)
        known = [header for header in headers if header is not None]
        told = iter(self._expectations.of(known))
        expected = tuple(None if header is None else next(told) for header in headers)
        room = self._expectations.room(starts, account=self._settings.account)
        return (
            Forecast(expected) if room is None else Forecast(expected, room.jobs, room.limit.name)
        )

    def try_again(self, tickets: Sequence[Ticket]) -> Failure | None:
        return try_again(self._submissions, tickets)

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        raise_elsewhere(tickets, self._slurm)
        if not tickets:
            return
        jobs = self._jobs()
        let_follow(self._submissions, [followed(one, jobs) for one in tickets], jobs)
        held = _held(tickets, jobs)
        if not held:
            return
        try:
            self._slurm.release(held)
        except SiteRefused:
            # One that ended in between is refused, and the others are released all the same.
            if _held(tickets, self._jobs()):
                raise

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        return self._looks.poll(tickets)

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        if not tickets:
            return
        raise_elsewhere(tickets, self._slurm)
        jobs = self._jobs()
        live = {
            (ticket.remote_id, ticket.index): ticket
            for ticket in (followed(one, jobs) for one in tickets)
            if (job := its(ticket, jobs)) is not None and not state_of(job.state).has_ended
        }
        if not live:
            return
        everything = (place for place, job in jobs.items() if not state_of(job.state).has_ended)
        self._slurm.cancel(named(live, everything))
        for ticket in live.values():
            mark_cancelled(Path(ticket.directory))

    def live_jobs(self, project: str, stack: str, cluster: str | None) -> Sequence[LiveJob]:
        """Return the jobs of a stack; `cluster` is this one's name where the jobs name it."""
        start = comment_start(project, stack)
        folder = stack_directory(self._settings.workdir, project, stack)
        return [
            replace(live, cluster=cluster or "")
            for job in self._slurm.jobs()
            if token_of(job.name)
            and not state_of(job.state).has_ended
            # Some sites write their own comments.
            and (job.comment.startswith(start) or Path(job.directory).is_relative_to(folder))
            for live in _live(job)
        ]

    def _jobs(self) -> dict[Place, QueuedJob]:
        return by_place(self._slurm.jobs())


def _held(tickets: Sequence[Ticket], jobs: Mapping[Place, QueuedJob]) -> list[str]:
    held = {place for place, job in jobs.items() if _is_held(job)}
    current = [followed(one, jobs) for one in tickets]
    found = {(one.remote_id, one.index) for one in current if its(one, jobs) is not None}
    return named(found & held, held)


def _is_held(job: QueuedJob) -> bool:
    return state_of(job.state) is JobState.QUEUED and job.reason == HELD_BY_USER


def _live(job: QueuedJob) -> Iterator[LiveJob]:
    """Return a job, or every task of an array under the token of its own job."""
    state, name = state_of(job.state, job.reason), token_of(job.name)
    if job.tasks is None:
        yield LiveJob(token=name, remote_id=job.remote_id, name=job.name, state=state)
        return
    listed = read_array(Path(job.directory))
    for index in sorted(job.tasks):
        yield LiveJob(
            # a task that its folder does not tell of is nobody's, and still of this array
            token=listed[index].token if index < len(listed) else f"{name}.{index}",
            remote_id=job.remote_id,
            name=job.name,
            state=state,
            index=index,
            array=name,
        )
