"""Jobs on a Slurm cluster: what this kind of site can do."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudmesh_iac.core.jobs import Done, Failure, JobState, LiveJob, Start, Ticket, Waiting
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.batch import files
from cloudmesh_iac.providers.batch.layout import STDOUT, stack_directory
from cloudmesh_iac.providers.batch.manifest import mark_cancelled, read_manifest
from cloudmesh_iac.providers.batch.outcome import Outcome, read_outcome
from cloudmesh_iac.providers.slurm.client import Slurm, SlurmClient
from cloudmesh_iac.providers.slurm.lines import AccountedJob, QueuedJob
from cloudmesh_iac.providers.slurm.names import comment_start, token_of
from cloudmesh_iac.providers.slurm.settings import read_settings
from cloudmesh_iac.providers.slurm.submission import Submissions, to_failure
from cloudmesh_iac.providers.slurm.verdict import from_accounting, from_queue
from cloudmesh_iac.providers.slurm.words import HELD_BY_USER, state_of
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

# The accounting lags 5 s behind, a network file system up to a minute.
_GRACE_S = 60
_GROWTH = 1.5
_MOST_GROWTHS = 20  # beyond any maximum, and no overflow


class SlurmProvider:
    """RunsJobs and Explains for one site, through the commands of Slurm on this computer."""

    kind = "slurm"
    resources = "cloudmesh_iac.providers.batch.resources"

    def __init__(self, site: Site, computer: Computer, *, slurm: Slurm | None = None) -> None:
        """Errors: UsageProblem for wrong settings."""
        self._settings = read_settings(site, computer)
        self._clock = computer.clock
        self._slurm = slurm or SlurmClient(
            site.name, computer, folder=self._settings.bin, timeout_s=self._settings.timeout_s
        )
        self._submissions = Submissions(site.name, self._slurm, self._settings, self._clock)
        self._missed: dict[Ticket, float] = {}

    def problem(self) -> str | None:
        return self._slurm.problem()

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        return self._submissions.start(starts)

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        held = self._held(tickets) if tickets else []
        if not held:
            return
        try:
            self._slurm.release(held)
        except SiteRefused:
            # One that ended in between is refused, and the others are released all the same.
            if self._held(tickets):
                raise

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        if not tickets:
            return {}
        try:
            jobs = self._jobs()
        except CmxError as error:
            return dict.fromkeys(tickets, to_failure(error))
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        gone: list[Ticket] = []
        for ticket in tickets:
            job = _its(ticket, jobs)
            outcome = _outcome(ticket, job)
            if job is not None:
                answers[ticket] = from_queue(job, outcome)
            elif outcome is not None:
                answers[ticket] = outcome.to_done()
            else:
                gone.append(ticket)
        if gone:
            answers |= self._remembered(gone)
        missing = set(gone)
        for ticket in tickets:
            if ticket not in missing or isinstance(answers[ticket], Done):
                self._missed.pop(ticket, None)
        return {ticket: answers[ticket] for ticket in tickets}

    def poll_after_s(self, polls: int) -> float:
        settings = self._settings
        grown = settings.poll_s * _GROWTH ** min(polls, _MOST_GROWTHS)
        return max(settings.poll_s, min(grown, settings.poll_max_s))

    def cancel(self, tickets: Sequence[Ticket]) -> None:
        if not tickets:
            return
        jobs = self._jobs()
        found = [(ticket, _its(ticket, jobs)) for ticket in tickets]
        live = {
            job.remote_id: ticket
            for ticket, job in found
            if job is not None and not state_of(job.state).has_ended
        }
        if not live:
            return
        self._slurm.cancel(list(live))
        for ticket in live.values():
            mark_cancelled(Path(ticket.directory))

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        start = comment_start(project, stack)
        folder = stack_directory(self._settings.workdir, project, stack)
        return [
            LiveJob(
                token=token_of(job.name),
                remote_id=job.remote_id,
                name=job.name,
                state=state_of(job.state, job.reason),
            )
            for job in self._slurm.jobs()
            if token_of(job.name)
            and not state_of(job.state).has_ended
            # Some sites write their own comments.
            and (job.comment.startswith(start) or Path(job.directory).is_relative_to(folder))
        ]

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        return files.fetch(Path(ticket.directory), names, to)

    def log_path(self, ticket: Ticket) -> Path:
        return Path(ticket.directory) / STDOUT

    def _jobs(self) -> dict[str, QueuedJob]:
        return {job.remote_id: job for job in self._slurm.jobs()}

    def _held(self, tickets: Sequence[Ticket]) -> list[str]:
        jobs = self._jobs()
        found = (_its(ticket, jobs) for ticket in tickets)
        return [
            job.remote_id
            for job in found
            if job is not None
            and state_of(job.state) is JobState.QUEUED
            and job.reason == HELD_BY_USER
        ]

    def _remembered(self, tickets: Sequence[Ticket]) -> dict[Ticket, Waiting | Done | Failure]:
        """Say how jobs ended that the controller does not know, if the accounting does."""
        ids = [ticket.remote_id for ticket in tickets if ticket.remote_id.isdigit()]
        try:
            history = self._slurm.history(ids) if ids else ()
        except CmxError as error:
            return dict.fromkeys(tickets, to_failure(error))
        by_id: dict[str, list[AccountedJob]] = {}
        for job in history or ():
            by_id.setdefault(job.remote_id, []).append(job)
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        for ticket in tickets:
            done = from_accounting(ticket.token, by_id.get(ticket.remote_id, ()))
            answers[ticket] = done or self._untraced(ticket, has_accounting=history is not None)
        return answers

    def _untraced(self, ticket: Ticket, *, has_accounting: bool) -> Waiting | Done:
        now = self._clock.monotonic_s()
        if now - self._missed.setdefault(ticket, now) < _GRACE_S:
            return Waiting(JobState.UNKNOWN, "it left the queue, and no record of its end came yet")
        if _was_cancelled(ticket):
            return Done(JobState.CANCELLED)
        also = "and its accounting do" if has_accounting else "does"
        return Done(JobState.LOST, reason=f"Slurm {also} not know it, and it left no exit file")


def _its(ticket: Ticket, jobs: Mapping[str, QueuedJob]) -> QueuedJob | None:
    """Return the job of a ticket: ids come again after a crash of the controller, tokens never."""
    job = jobs.get(ticket.remote_id)
    return job if job is not None and token_of(job.name) == ticket.token else None


def _outcome(ticket: Ticket, job: QueuedJob | None) -> Outcome | None:
    """Return what the job's exit file says, if it is of this job, and of this attempt."""
    if not ticket.directory:
        return None
    try:
        outcome = read_outcome(Path(ticket.directory))
    except SiteRefused:
        return None  # the job wrote a file of this name: Slurm knows how it ended
    if outcome is None or outcome.remote_id != ticket.remote_id:
        return None
    return outcome if job is None or outcome.restarts == job.restarts else None


def _was_cancelled(ticket: Ticket) -> bool:
    try:
        manifest = read_manifest(Path(ticket.directory)) if ticket.directory else None
    except SiteRefused:
        return False
    return manifest is not None and manifest.token == ticket.token and manifest.cancelled
