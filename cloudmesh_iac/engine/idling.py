"""Stay with what earlier runs have started, without the program, until something of it has ended.

Until then the program could do nothing: all that it declares is there, or stands behind what is
waited for. An interpreter that evaluates it would only cost memory, for as long as the queue is.
"""

import threading
from collections.abc import Collection, Mapping
from typing import TypeAlias

from cloudmesh_iac.core.events import ChangeStarted, ChangeWaits, Noticed
from cloudmesh_iac.core.jobs import Done, Failure, SiteName, Ticket, Waiting
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.outcomes import JobSeen, RunOutcome
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.engine.outcome import carried_unchanged, in_natural_order, job_seen
from cloudmesh_iac.engine.polling import SitePoller
from cloudmesh_iac.engine.ports.providers import Remote
from cloudmesh_iac.engine.ports.surroundings import Clock, Events
from cloudmesh_iac.engine.writing import Hands, Parts

Waits: TypeAlias = Mapping[Ticket, Change]

_LONG_S = 3600.0


def run_idle(
    plan: Plan, snapshot: Snapshot, hands: Hands, *, parts: Parts, patience_s: float | None
) -> RunOutcome | None:
    """Wait without the program where it could do nothing; None as soon as it can do something.

    Errors: StackLocked when the lock is lost.
    """
    waits = waits_alone(plan, snapshot, hands.remote)
    if not waits:
        return None
    idling = Idling(waits, remote=hands.remote, clock=parts.clock, events=parts.events)
    hands.ears.on_lost = idling.break_off
    outcome = idling.run(plan, kind=hands.kind, patience_s=patience_s)
    if outcome is not None:
        hands.ending.note(outcome)
    return outcome


def waits_alone(plan: Plan, snapshot: Snapshot, remote: Remote) -> Waits:
    """Return what is waited for where a run could do nothing else; empty where it could."""
    if not plan.only_waits or plan.selection.is_limited:
        return {}
    moving = {change.urn: change for change in plan.changes if change.action.is_change}
    found = {
        intent.ticket: moving[intent.urn]
        for intent in snapshot.intents
        if intent.ticket is not None and intent.urn in moving
    }
    is_whole = len(found) == len(moving) == len(snapshot.intents)
    needs_us = any(remote.is_attended(change.type) for change in moving.values())
    return found if is_whole and not needs_us else {}


class Idling:
    """One run in which nothing can happen by itself. Each site is asked at least once."""

    def __init__(self, waits: Waits, *, remote: Remote, clock: Clock, events: Events) -> None:
        self._waits = waits
        self._remote = remote
        self._clock = clock
        self._events = events
        self._lock = threading.Lock()
        self._seen: dict[Ticket, Waiting] = {}
        self._unheard = set(waits)
        self._has_ended = False
        self._crash: BaseException | None = None
        self._signal = threading.Event()

    def break_off(self, error: BaseException) -> None:
        """End with this error. Any thread may call it."""
        self._crash = self._crash or error
        self._signal.set()

    def run(self, plan: Plan, *, kind: UpdateKind, patience_s: float | None) -> RunOutcome | None:
        """Return how it ended while nothing has ended; None when the program can go on.

        Errors: what `break_off` was told.
        """
        is_interrupted = False
        try:
            if self._stay(patience_s):
                return None
        except KeyboardInterrupt:
            is_interrupted = True
        return RunOutcome(
            stack=plan.stack,
            kind=kind,
            carried=carried_unchanged(plan),
            failed=plan.failed,
            waiting=self._waiting(),
            is_interrupted=is_interrupted,
        )

    def _stay(self, patience_s: float | None) -> bool:
        """Return True as soon as something has ended, and False when `patience_s` is over.

        Errors: KeyboardInterrupt, raised in the main thread by Ctrl-C; what `break_off` was told.
        """
        began_s = self._clock.monotonic_s()
        pollers = self._pollers()
        try:
            while not self._is_over():
                left_s = self._left_s(began_s, patience_s)
                if left_s <= 0:
                    return False
                self._clock.wait(self._signal, left_s)
                self._signal.clear()
            return True
        finally:
            for poller in pollers:
                poller.close()

    def _waiting(self) -> tuple[JobSeen, ...]:
        """Return what is waited for, as its site told last."""
        with self._lock:
            seen = dict(self._seen)
        return in_natural_order(
            job_seen(change.urn, ticket, seen.get(ticket)) for ticket, change in self._waits.items()
        )

    def _pollers(self) -> Collection[SitePoller]:
        """Begin to ask: everything of one site in one question, now."""
        by_site: dict[SiteName, list[Ticket]] = {}
        for ticket, change in self._waits.items():
            self._events.tell(ChangeStarted(change.urn, change.action))
            by_site.setdefault(ticket.site, []).append(ticket)
        pollers = {site: self._poller(site) for site in by_site}
        for site, tickets in by_site.items():
            for ticket in tickets:
                pollers[site].add(ticket, at_once=ticket is tickets[-1])
        return pollers.values()

    def _poller(self, site: SiteName) -> SitePoller:
        return SitePoller(
            site,
            remote=self._remote,
            clock=self._clock,
            on_answer=self._answered,
            on_trouble=self._troubled,
            on_crash=self.break_off,
        )

    def _is_over(self) -> bool:
        if self._crash is not None:
            raise self._crash
        with self._lock:
            return self._has_ended

    def _left_s(self, began_s: float, patience_s: float | None) -> float:
        with self._lock:
            has_heard = not self._unheard
        if patience_s is None or not has_heard:
            return _LONG_S
        return patience_s - (self._clock.monotonic_s() - began_s)

    def _answered(self, ticket: Ticket, answer: Waiting | Done) -> None:
        with self._lock:
            self._unheard.discard(ticket)
            if isinstance(answer, Waiting):
                self._seen[ticket] = answer
            else:
                self._has_ended = True
        if isinstance(answer, Waiting):
            self._events.tell(ChangeWaits(self._waits[ticket].urn, ticket, answer))
        self._signal.set()

    def _troubled(self, site: SiteName, failure: Failure) -> None:
        with self._lock:
            self._unheard = {ticket for ticket in self._unheard if ticket.site != site}
        self._events.tell(Noticed(f"{site}: {failure.message}"))
        self._signal.set()
