"""Where does a run stand, after the events so far?"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import Urn, type_of
from cloudmesh_iac.views.words import CHOICE, is_completion, is_job, job_urn


class Phase(StrEnum):
    WORKING = "working"  # a step of ours is under way
    QUEUED = "queued"  # a job waits on its site, or is not asked about yet
    RUNNING = "running"  # a job runs on its site
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    SAME = "unchanged"

    @property
    def is_over(self) -> bool:
        return self not in {Phase.WORKING, Phase.QUEUED, Phase.RUNNING}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing under way; a job is one thing. `since_s` is when it entered this phase."""

    urn: Urn
    phase: Phase
    action: Action
    since_s: float
    began_s: float
    remote_id: str = ""
    site: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """What one event changed: `before` is None at the first sight of a thing."""

    before: Phase | None
    thing: Thing


@dataclass(slots=True)
class RunState:
    """Folds events into what is under way and how much is over.

    It reads no clock and prints nothing: the same events at the same times give the same state. It
    changes in place, because a copy for each of 10,000 events would cost more than the run.
    """

    active: dict[Urn, Thing] = field(default_factory=dict)
    over: dict[Urn, Phase] = field(default_factory=dict)
    number: Counter[Phase] = field(default_factory=Counter)

    def take(self, event: Event, at_s: float) -> Move | None:
        """Take one event; return the move of its thing, or None when nothing moved.

        What was decided for a thing is no thing of its own; where that fails, it is told.
        """
        match event:
            case ChangeStarted() | ChangeDone() if type_of(event.urn) == CHOICE:
                pass
            case ChangeStarted():
                return self._started(event, at_s)
            case ChangeWaits():
                return self._waits(event, at_s)
            case ChangeDone():
                return self._done(event, at_s)
            case ChangeFailed():
                return self._move(event.urn, Phase.FAILED, at_s=at_s, action=event.action)
            case ChangeSkipped():
                return self._skipped(event, at_s)
            case LogLine() | Noticed():
                pass
        return None

    def _started(self, event: ChangeStarted, at_s: float) -> Move | None:
        thing = self.active.get(job_urn(event.urn))
        if thing is not None or (is_completion(event.urn) and event.action is Action.CREATE):
            phase = thing.phase if thing is not None else Phase.QUEUED
            return self._move(event.urn, phase, at_s=at_s, action=event.action)
        return self._move(event.urn, Phase.WORKING, at_s=at_s, action=event.action)

    def _waits(self, event: ChangeWaits, at_s: float) -> Move | None:
        state = event.waiting.state
        phase = Phase.RUNNING if state is JobState.RUNNING else Phase.QUEUED
        known = self.active.get(job_urn(event.urn))
        if state is JobState.UNKNOWN and known is not None:
            phase = known.phase
        return self._move(
            event.urn,
            phase,
            at_s=at_s,
            action=Action.CREATE,
            remote_id=event.ticket.shown_id,
            site=event.ticket.site,
            reason=event.waiting.reason,
        )

    def _done(self, event: ChangeDone, at_s: float) -> Move | None:
        urn, action = event.urn, event.action
        if action is Action.SAME:
            # The unchanged half of a job says nothing about the other one.
            if job_urn(urn) in self.active or job_urn(urn) in self.over:
                return None
            return self._move(urn, Phase.SAME, at_s=at_s, action=action)
        if is_job(urn) and not is_completion(urn) and action in {Action.CREATE, Action.REPLACE}:
            return self._move(urn, Phase.QUEUED, at_s=at_s, action=action)
        if is_completion(urn) and action is Action.DELETE:
            return None  # its Submission follows
        if action is Action.DELETE and self.over.get(job_urn(urn)) in {Phase.DONE, Phase.FAILED}:
            return None  # the object that was replaced goes last
        is_bad = event.state is not None and event.state.has_ended and not event.state.is_good
        phase = Phase.FAILED if is_bad else Phase.DONE
        return self._move(urn, phase, at_s=at_s, action=action)

    def _skipped(self, event: ChangeSkipped, at_s: float) -> Move | None:
        if self.over.get(job_urn(event.urn)) is Phase.FAILED:
            return None  # the other half of a job says why
        return self._move(event.urn, Phase.SKIPPED, at_s=at_s, action=Action.UNDECIDED)

    def _move(
        self,
        urn: Urn,
        phase: Phase,
        *,
        at_s: float,
        action: Action,
        remote_id: str = "",
        site: str = "",
        reason: str = "",
    ) -> Move | None:
        key = job_urn(urn)
        old = self.active.pop(key, None)
        before = old.phase if old is not None else self.over.pop(key, None)
        if before is not None:
            self.number[before] -= 1
        self.number[phase] += 1
        is_still = old is not None and phase is old.phase
        thing = Thing(
            urn=key,
            phase=phase,
            action=action,
            since_s=old.since_s if old is not None and is_still else at_s,
            began_s=old.began_s if old is not None else at_s,
            remote_id=remote_id or (old.remote_id if old is not None else ""),
            site=site or (old.site if old is not None else ""),
            reason=reason,
        )
        if phase.is_over:
            self.over[key] = phase
        else:
            self.active[key] = thing
        has_id = bool(thing.remote_id) and not (old is not None and old.remote_id)
        return Move(before, thing) if phase is not before or has_id else None
