"""Ask for many jobs at once how they stand: the queue first, then the accounting for the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from cloudmesh_iac.core.jobs import After, Done, Failure, JobState, Ticket, Waiting
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.batch.attempts import unless_due
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.batch.outcome import Outcome, read_outcome
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.following import (
    NOT_HERE,
    asked_cluster,
    elsewhere,
    followed,
    its,
    unfinished_submission,
)
from cloudmesh_iac.providers.slurm.lines import AccountedJob, QueuedJob
from cloudmesh_iac.providers.slurm.log_end import was_over_memory
from cloudmesh_iac.providers.slurm.parents import parents_of
from cloudmesh_iac.providers.slurm.places import Place, by_place, places_of
from cloudmesh_iac.providers.slurm.settings import SlurmSettings
from cloudmesh_iac.providers.slurm.taken_out import goes_on, is_taken_out
from cloudmesh_iac.providers.slurm.verdict import from_accounting, from_queue
from cloudmesh_iac.providers.slurm.words import is_elsewhere, state_of
from cloudmesh_iac.settings.computer import SystemClock

# The accounting lags 5 s behind, a network file system up to a minute.
_GRACE_S = 60
_NEW_PLACE = "it was taken out of the queue to be submitted again: `cmx up` goes on with that"
_STILL_YOUNG = 0.9  # a bit less than the pause, or our own answer would do a second time
_LONG_AGO = timedelta(days=31)
_WRONG_CLOCK = timedelta(hours=1)
_OVER_MEMORY = "its log tells of a kill for too much memory: ask for more with `memory=`"
_KNOWS_NOTHING = frozenset({JobState.UNKNOWN, JobState.LOST})
_KNOWS_NO_MORE = frozenset({JobState.COMPLETED, JobState.FAILED, JobState.RUNNING, JobState.QUEUED})
_NOT_ASKED = Waiting(JobState.UNKNOWN, "it left the queue; the accounting is asked again soon")


@dataclass(slots=True)
class Looks:
    """Look at the jobs of one site again and again; remembers since when it misses one."""

    slurm: Slurm
    settings: SlurmSettings
    clock: SystemClock
    _missed: dict[Ticket, float] = field(default_factory=dict)
    _asked_s: float | None = None  # when the accounting was asked
    _back: "Looks | None" = None  # for what others waited for

    def poll(self, tickets: Sequence[Ticket]) -> Mapping[Ticket, Waiting | Done | Failure]:
        answers = self._look(tickets) if tickets else {}
        out = {
            ticket: answer
            for ticket, answer in answers.items()
            if isinstance(answer, Done) and is_taken_out(answer)
        }
        if out:
            answers |= self._behind(out)
        return {ticket: _unless_due(ticket, answers[ticket]) for ticket in tickets}

    def _look(self, tickets: Sequence[Ticket]) -> dict[Ticket, Waiting | Done | Failure]:
        try:
            recent = self.slurm.recent_jobs(younger_than_s=self.settings.poll_s * _STILL_YOUNG)
        except CmxError as error:
            return dict.fromkeys(tickets, Failure.of(error))
        jobs = by_place(recent)
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        gone: dict[Ticket, Ticket] = {}
        for ticket in tickets:
            current = followed(ticket, jobs)
            answer = _standing(ticket, current, jobs)
            if answer is None or _is_doubtful(answer, its(current, jobs)):
                gone[ticket] = current
            if answer is not None:
                answers[ticket] = answer
        doubts = {ticket: answers[ticket] for ticket in gone if ticket in answers}
        if gone:
            answers |= self._remembered(gone)
        for ticket, doubt in doubts.items():
            answers[ticket] = _better_told(doubt, answers[ticket])
        for ticket in tickets:
            if ticket not in gone or isinstance(answers[ticket], Done):
                self._missed.pop(ticket, None)
        return {ticket: _explained(ticket, answers[ticket]) for ticket in tickets}

    def _behind(self, out: Mapping[Ticket, Done]) -> dict[Ticket, Waiting | Done | Failure]:
        """What Slurm took out goes on where what it waited for does; that is asked for at once."""
        after: dict[Ticket, Sequence[After]] = {}
        for ticket in out:
            manifest = manifest_of(ticket)
            if manifest is not None and not manifest.cancelled:
                after[ticket] = parents_of(self.settings.workdir, manifest)
        if self._back is None:  # with a pause of its own between two looks at the accounting
            self._back = Looks(self.slurm, self.settings, self.clock)
        parents = dict.fromkeys(one.ticket for each in after.values() for one in each)
        answers = self._back.poll(list(parents))
        return {
            ticket: goes_on(done, each, answers) if (each := after.get(ticket)) else done
            for ticket, done in out.items()
        }

    def _remembered(self, gone: Mapping[Ticket, Ticket]) -> dict[Ticket, Waiting | Done | Failure]:
        """Say how jobs ended that the controller does not know, if the accounting does.

        `gone` are tickets, and the same with the id under which the accounting knows them.
        """
        try:
            cluster = asked_cluster(gone, self.slurm)
        except CmxError as error:
            return dict.fromkeys(gone, Failure.of(error))
        answers: dict[Ticket, Waiting | Done | Failure] = {
            one: Failure(words, NOT_HERE) for one in gone if (words := elsewhere(one, cluster))
        }
        here = {one: current for one, current in gone.items() if one not in answers}
        return answers | self._from_accounting(here)

    def _from_accounting(
        self, here: Mapping[Ticket, Ticket]
    ) -> dict[Ticket, Waiting | Done | Failure]:
        # the id of an array stands for all its tasks
        ids = list(dict.fromkeys(one.remote_id for one in here.values() if one.remote_id.isdigit()))
        now_s = self.clock.monotonic_s()
        if ids and self._asked_s is not None and now_s - self._asked_s < self.settings.history_s:
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
        known = None if history is None else frozenset(id_ for id_, _ in by_id)
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        for ticket, current in here.items():
            there = by_id.get((current.remote_id, current.index), ())
            told = from_accounting(current.array or current.token, there)
            answers[ticket] = told or self._untraced(ticket, known)
        return answers

    def _history(
        self, ids: Sequence[str], tickets: Sequence[Ticket]
    ) -> tuple[AccountedJob, ...] | None:
        """Return what the accounting knows; None where nobody may ask it."""
        if not self.settings.accounting:
            return None
        return self.slurm.history(ids, self._since(tickets)) if ids else ()

    def _since(self, tickets: Sequence[Ticket]) -> datetime:
        """Return a time before all of these were submitted: the accounting is never searched whole.

        A directory that is gone does not say when; then a month has to do.
        """
        found = [manifest_of(ticket) for ticket in tickets]
        times = [self.clock.now() - _LONG_AGO if one is None else one.submitted_at for one in found]
        return min(times) - _WRONG_CLOCK

    def _untraced(self, ticket: Ticket, known: frozenset[str] | None) -> Waiting | Done:
        """`known` are the ids that the accounting has, None where there is none."""
        now = self.clock.monotonic_s()
        if now - self._missed.setdefault(ticket, now) < _GRACE_S:
            return Waiting(JobState.UNKNOWN, "it left the queue, and no record of its end came yet")
        if _was_cancelled(ticket):
            return Done(JobState.CANCELLED)
        if ticket.index is not None and ticket.remote_id in (known or ()):
            # Of a waiting task that somebody cancels alone, Slurm keeps nothing at all.
            return Done(JobState.CANCELLED, reason="it was taken out of its array before it began")
        also = "does" if known is None else "and its accounting do"
        return Done(JobState.LOST, reason=f"Slurm {also} not know it, and it left no exit file")


def _standing(
    ticket: Ticket, current: Ticket, jobs: Mapping[Place, QueuedJob]
) -> Waiting | Done | None:
    """Say how a job stands by queue and exit file; None for one that has left the queue."""
    job = its(current, jobs)
    if job is not None and is_elsewhere(job.state) and (left := outcome_of(current, None)):
        return left.to_done()
    if job is not None and not state_of(job.state).has_ended:
        return from_queue(job, None)
    is_away = job is None or state_of(job.state) is JobState.CANCELLED
    if is_away and (due := unfinished_submission(ticket)) is not None:
        return Waiting(JobState.UNKNOWN, _NEW_PLACE, is_due=due.submission > 0)
    outcome = outcome_of(current, job)
    if job is not None:
        return from_queue(job, outcome)
    return outcome.to_done() if outcome is not None else None


def _is_doubtful(answer: Waiting | Done, job: QueuedJob | None) -> bool:
    """Say whether the accounting may know better: why a job failed, how one of another cluster is.

    The site may have stopped its command, for too much memory say, and an exit file does not know.
    """
    if job is None:
        return isinstance(answer, Done) and not answer.state.is_good
    return is_elsewhere(job.state) and not answer.state.is_good


def _better_told(
    doubt: Waiting | Done | Failure, told: Waiting | Done | Failure
) -> Waiting | Done | Failure:
    """Where the accounting cannot be asked, or knows no more either, the first answer stands."""
    if isinstance(told, Failure) or told.state in _KNOWS_NOTHING:
        return told if told is _NOT_ASKED and isinstance(doubt, Done) else doubt
    is_worse = isinstance(doubt, Done) and told.state in _KNOWS_NO_MORE
    return doubt if is_worse else told


def _explained(ticket: Ticket, answer: Waiting | Done | Failure) -> Waiting | Done | Failure:
    if not isinstance(answer, Done) or answer.state is not JobState.FAILED or answer.reason:
        return answer
    is_known = bool(ticket.directory) and was_over_memory(Path(ticket.directory))
    return replace(answer, reason=_OVER_MEMORY) if is_known else answer


def _unless_due(ticket: Ticket, answer: Waiting | Done | Failure) -> Waiting | Done | Failure:
    return unless_due(ticket, answer) if isinstance(answer, Done) else answer


def outcome_of(ticket: Ticket, job: QueuedJob | None) -> Outcome | None:
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
