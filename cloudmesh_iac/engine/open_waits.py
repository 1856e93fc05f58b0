"""What a run has started and waits for: which creates, and who asks their sites."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace

from cloudmesh_iac.core.events import ChangeWaits, Noticed
from cloudmesh_iac.core.jobs import Done, Failure, SiteName, Ticket, Waiting
from cloudmesh_iac.core.registrations import Registered
from cloudmesh_iac.engine.goals import Task
from cloudmesh_iac.engine.polling import SitePoller
from cloudmesh_iac.engine.ports.providers import Remote
from cloudmesh_iac.engine.ports.surroundings import Clock, Events


@dataclass(frozen=True, slots=True)
class Wait:
    """One create that stands in the queue of a poller."""

    task: Task
    answer: Future[Registered]
    waiting: Waiting | None = None


class OpenWaits:
    """Any thread may add a wait; the pollers hand in what comes of it.

    `on_end` is called before the lock is given back that `let_go` takes too: who lets go, and then
    waits until nobody is busy, waits for every end that was handed in before. A wait is open until
    it is taken out with `close`.
    """

    def __init__(
        self,
        *,
        remote: Remote,
        clock: Clock,
        events: Events,
        on_end: Callable[[], None],
        collect: Callable[[Wait, Ticket, Done], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._remote = remote
        self._clock = clock
        self._events = events
        self._on_end = on_end
        self._collect = collect
        self._on_crash = on_crash
        self._lock = threading.Lock()
        self._waits: dict[Ticket, Wait] = {}
        self._pollers: dict[SiteName, SitePoller] = {}
        self._has_let_go = False

    def add(self, ticket: Ticket, wait: Wait, *, at_once: bool) -> None:
        """Wait for one more; `at_once` asks soon, because it may have ended long ago."""
        with self._lock:
            self._waits[ticket] = wait
            poller = self._pollers.get(ticket.site)
            if poller is None:
                poller = self._pollers[ticket.site] = self._poller(ticket.site)
        poller.add(ticket, at_once=at_once)

    def close(self, ticket: Ticket) -> None:
        """What was waited for has been collected."""
        with self._lock:
            self._waits.pop(ticket, None)

    def let_go(self) -> None:
        """Stop asking; what was started goes on without us."""
        with self._lock:
            self._has_let_go = True
            pollers = tuple(self._pollers.values())
        for poller in pollers:
            poller.close()

    def all(self) -> Mapping[Ticket, Wait]:
        """Return what was started and has not ended."""
        with self._lock:
            return dict(self._waits)

    def has_attended(self) -> bool:
        """Say whether something is waited for that a run does not leave by itself."""
        return any(self._remote.is_attended(one.task.goal.type) for one in self.all().values())

    def is_empty(self) -> bool:
        with self._lock:
            return not self._waits

    def _poller(self, site: SiteName) -> SitePoller:
        return SitePoller(
            site,
            remote=self._remote,
            clock=self._clock,
            on_answer=self._answered,
            on_trouble=self._troubled,
            on_crash=self._on_crash,
        )

    def _answered(self, ticket: Ticket, answer: Waiting | Done) -> None:
        with self._lock:
            if self._has_let_go:
                return
            wait = self._waits[ticket]
            if isinstance(answer, Waiting):
                self._waits[ticket] = replace(wait, waiting=answer)
            else:
                self._on_end()
        if isinstance(answer, Waiting):
            self._events.tell(ChangeWaits(wait.task.goal.urn, ticket, answer))
        else:
            self._collect(wait, ticket, answer)

    def _troubled(self, site: SiteName, failure: Failure) -> None:
        self._events.tell(Noticed(f"{site}: {failure.message}"))
