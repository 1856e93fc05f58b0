"""Jobs on a Slurm cluster: what this kind of site can do."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    JobRequest,
    JobScript,
    JobState,
    LimitsChanged,
    LiveJob,
    Start,
    Ticket,
    Waiting,
)
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.batch import files
from cloudmesh_iac.providers.batch.layout import STDOUT, safe_component, stack_directory
from cloudmesh_iac.providers.batch.manifest import find_finished, mark_cancelled
from cloudmesh_iac.providers.batch.outcome import Outcome, read_outcome
from cloudmesh_iac.providers.slurm.arrays import read_array
from cloudmesh_iac.providers.slurm.client import Slurm, SlurmClient
from cloudmesh_iac.providers.slurm.following import (
    NOT_HERE,
    elsewhere,
    followed,
    its,
    manifest_of,
    raise_elsewhere,
)
from cloudmesh_iac.providers.slurm.limits import change_limits, is_being_submitted_again
from cloudmesh_iac.providers.slurm.lines import AccountedJob, QueuedJob
from cloudmesh_iac.providers.slurm.names import comment_start, token_of
from cloudmesh_iac.providers.slurm.places import Place, named, places_of
from cloudmesh_iac.providers.slurm.settings import read_settings
from cloudmesh_iac.providers.slurm.shared_answer import SharedAnswer
from cloudmesh_iac.providers.slurm.submission import Submissions
from cloudmesh_iac.providers.slurm.verdict import from_accounting, from_queue
from cloudmesh_iac.providers.slurm.words import HELD_BY_USER, state_of
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

# The accounting lags 5 s behind, a network file system up to a minute.
_GRACE_S = 60
_NEW_PLACE = "it was taken out of the queue to be submitted again: `cmx up` goes on with that"
_GROWTH = 1.5
_MOST_GROWTHS = 20  # beyond any maximum, and no overflow
_STILL_YOUNG = 0.9  # a bit less than the pause, or our own answer would do a second time
_LONG_AGO = timedelta(days=31)
_WRONG_CLOCK = timedelta(hours=1)
_NOT_ASKED = Waiting(JobState.UNKNOWN, "it left the queue; the accounting is asked again soon")


class SlurmProvider:
    """RunsJobs and more abilities for one site, through the commands of Slurm on this computer."""

    kind = "slurm"
    resources = "cloudmesh_iac.providers.batch.resources"

    def __init__(self, site: Site, computer: Computer, *, slurm: Slurm | None = None) -> None:
        """Errors: UsageProblem for wrong settings."""
        self._settings = read_settings(site, computer)
        self._clock = computer.clock
        self._slurm = slurm or SlurmClient(
            site.name,
            computer,
            folder=self._settings.bin,
            timeout_s=self._settings.timeout_s,
            shared=SharedAnswer(_answer_file(site, computer), computer.clock),
        )
        self._submissions = Submissions(site.name, self._slurm, self._settings, self._clock)
        self._account = computer.environment.get("SBATCH_ACCOUNT", "").strip()
        self._missed: dict[Ticket, float] = {}
        self._asked_s: float | None = None  # when the accounting was asked

    def problem(self) -> str | None:
        return self._slurm.problem()

    def start(self, starts: Sequence[Start]) -> Sequence[Ticket | Failure]:
        return self._submissions.start(starts)

    def defaults(self) -> Mapping[str, str]:
        """An account in the caller's environment holds where neither program nor site names one."""
        account = self._account if self._settings.account is None else ""
        return {"account": account} if account else {}

    def script(self, start: Start) -> JobScript:
        return self._submissions.script(start)

    def has_result(self, request: JobRequest) -> bool:
        return find_finished(self._settings.workdir, request) is not None

    def change_limits(self, ticket: Ticket, start: Start) -> LimitsChanged:
        return change_limits(self._submissions, ticket, start)

    def confirm(self, tickets: Sequence[Ticket]) -> None:
        raise_elsewhere(tickets, self._cluster(tickets))
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
            recent = self._slurm.recent_jobs(younger_than_s=self._settings.poll_s * _STILL_YOUNG)
        except CmxError as error:
            return dict.fromkeys(tickets, Failure.of(error))
        jobs = _by_place(recent)
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        gone: list[Ticket] = []
        for ticket in tickets:
            answer = _standing(ticket, jobs)
            if answer is None:
                gone.append(ticket)
            else:
                answers[ticket] = answer
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
        raise_elsewhere(tickets, self._cluster(tickets))
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

    def live_jobs(self, project: str, stack: str) -> Sequence[LiveJob]:
        start = comment_start(project, stack)
        folder = stack_directory(self._settings.workdir, project, stack)
        return [
            live
            for job in self._slurm.jobs()
            if token_of(job.name)
            and not state_of(job.state).has_ended
            # Some sites write their own comments.
            and (job.comment.startswith(start) or Path(job.directory).is_relative_to(folder))
            for live in _live(job)
        ]

    def fetch(self, ticket: Ticket, names: Sequence[str], to: Path) -> Sequence[str]:
        return files.fetch(Path(ticket.directory), names, to)

    def log_path(self, ticket: Ticket) -> Path:
        return Path(ticket.directory) / STDOUT

    def _jobs(self) -> dict[Place, QueuedJob]:
        return _by_place(self._slurm.jobs())

    def _held(self, tickets: Sequence[Ticket]) -> list[str]:
        jobs = self._jobs()
        held = {place for place, job in jobs.items() if _is_held(job)}
        current = [followed(one, jobs) for one in tickets]
        found = {(one.remote_id, one.index) for one in current if its(one, jobs) is not None}
        return named(found & held, held)

    def _cluster(self, tickets: Iterable[Ticket]) -> str:
        """Return which cluster answers here, if a ticket says to which one it belongs."""
        return self._slurm.cluster() if any(ticket.cluster for ticket in tickets) else ""

    def _remembered(self, tickets: Sequence[Ticket]) -> dict[Ticket, Waiting | Done | Failure]:
        """Say how jobs ended that the controller does not know, if the accounting does."""
        try:
            cluster = self._cluster(tickets)
        except CmxError as error:
            return dict.fromkeys(tickets, Failure.of(error))
        answers: dict[Ticket, Waiting | Done | Failure] = {
            one: Failure(words, NOT_HERE) for one in tickets if (words := elsewhere(one, cluster))
        }
        here = {one: followed(one, {}) for one in tickets if one not in answers}
        return answers | self._from_accounting(here)

    def _from_accounting(
        self, here: Mapping[Ticket, Ticket]
    ) -> dict[Ticket, Waiting | Done | Failure]:
        """`here` are tickets, and the same with the id under which the accounting knows them."""
        # the id of an array stands for all its tasks
        ids = list(dict.fromkeys(one.remote_id for one in here.values() if one.remote_id.isdigit()))
        now_s = self._clock.monotonic_s()
        if ids and self._asked_s is not None and now_s - self._asked_s < self._settings.history_s:
            return dict.fromkeys(here, _NOT_ASKED)
        self._asked_s = now_s
        try:
            history = self._history(ids, [*here.values()])
        except CmxError as error:
            return dict.fromkeys(here, Failure.of(error))
        by_id: dict[Place, list[AccountedJob]] = {}
        for job in history or ():
            for place in places_of(job):
                by_id.setdefault(place, []).append(job)
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        for ticket, current in here.items():
            there = by_id.get((current.remote_id, current.index), ())
            done = from_accounting(current.array or current.token, there)
            known = None if history is None else frozenset(id_ for id_, _ in by_id)
            answers[ticket] = done or self._untraced(ticket, known)
        return answers

    def _history(
        self, ids: Sequence[str], tickets: Sequence[Ticket]
    ) -> tuple[AccountedJob, ...] | None:
        """Return what the accounting knows; None where nobody may ask it."""
        if not self._settings.accounting:
            return None
        return self._slurm.history(ids, self._since(tickets)) if ids else ()

    def _since(self, tickets: Sequence[Ticket]) -> datetime:
        """Return a time before all of these were submitted: the accounting is never searched whole.

        A directory that is gone does not say when; then a month has to do.
        """
        found = [manifest_of(ticket) for ticket in tickets]
        times = [
            self._clock.now() - _LONG_AGO if one is None else one.submitted_at for one in found
        ]
        return min(times) - _WRONG_CLOCK

    def _untraced(self, ticket: Ticket, known: frozenset[str] | None) -> Waiting | Done:
        """`known` are the ids that the accounting has, None where there is none."""
        now = self._clock.monotonic_s()
        if now - self._missed.setdefault(ticket, now) < _GRACE_S:
            return Waiting(JobState.UNKNOWN, "it left the queue, and no record of its end came yet")
        if _was_cancelled(ticket):
            return Done(JobState.CANCELLED)
        if ticket.index is not None and ticket.remote_id in (known or ()):
            # Of a waiting task that somebody cancels alone, Slurm keeps nothing at all.
            return Done(JobState.CANCELLED, reason="it was taken out of its array before it began")
        also = "does" if known is None else "and its accounting do"
        return Done(JobState.LOST, reason=f"Slurm {also} not know it, and it left no exit file")


def _answer_file(site: Site, computer: Computer) -> Path:
    name = safe_component(f"{site.name}@{computer.host}")
    return computer.home / ".cloudmesh" / "queues" / name


def _by_place(jobs: Iterable[QueuedJob]) -> dict[Place, QueuedJob]:
    return {place: job for job in jobs for place in places_of(job)}


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


def _standing(ticket: Ticket, jobs: Mapping[Place, QueuedJob]) -> Waiting | Done | None:
    """Say how a job stands by queue and exit file; None for one that has left the queue."""
    current = followed(ticket, jobs)
    job = its(current, jobs)
    if job is not None and not state_of(job.state).has_ended:
        return from_queue(job, None)
    is_away = job is None or state_of(job.state) is JobState.CANCELLED
    if is_away and is_being_submitted_again(ticket):
        return Waiting(JobState.UNKNOWN, _NEW_PLACE)
    outcome = _outcome(current, job)
    if job is not None:
        return from_queue(job, outcome)
    return outcome.to_done() if outcome is not None else None


def _outcome(ticket: Ticket, job: QueuedJob | None) -> Outcome | None:
    """Return what the job's exit file says, if it is of this job, and of this attempt."""
    if not ticket.directory:
        return None
    try:
        outcome = read_outcome(Path(ticket.directory))
    except SiteRefused:
        return None  # the job wrote a file of this name: Slurm knows how it ended
    if outcome is None or outcome.remote_id != ticket.shown_id:
        return None
    return outcome if job is None or outcome.restarts == job.restarts else None


def _was_cancelled(ticket: Ticket) -> bool:
    manifest = manifest_of(ticket)
    return manifest is not None and manifest.cancelled
