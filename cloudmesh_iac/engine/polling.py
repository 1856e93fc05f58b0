"""Ask one site for everything that is waited for there, at the pace that it wants."""

import threading
from collections.abc import Callable, Mapping
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Done, Failure, SiteName, Ticket, Waiting
from cloudmesh_iac.engine.ports.providers import Remote
from cloudmesh_iac.engine.ports.surroundings import Clock

OnAnswer: TypeAlias = Callable[[Ticket, Waiting | Done], None]
OnTrouble: TypeAlias = Callable[[SiteName, Failure], None]
OnCrash: TypeAlias = Callable[[BaseException], None]


_LONGEST_S = 1800.0
_MOST_TROUBLES = 10
# Where one has ended others may end soon. But a sweep whose points end all the time must not keep
# the first, short pauses for hours.
_AFTER_AN_END = 3


def patient(pause_s: float, troubles: int) -> float:
    """Return the pause after so many questions in a row without an answer: each doubles it.

    A site in trouble is not helped by questions. Half an hour is the most, or the site's own pause.
    """
    longer_s = pause_s * (1 << min(troubles, _MOST_TROUBLES))
    return max(pause_s, min(longer_s, _LONGEST_S))


class SitePoller:
    """One thread per site. A ticket leaves when it is done, or when everything is let go."""

    def __init__(
        self,
        site: SiteName,
        *,
        remote: Remote,
        clock: Clock,
        on_answer: OnAnswer,
        on_trouble: OnTrouble,
        on_crash: OnCrash,
    ) -> None:
        self._site = site
        self._remote = remote
        self._clock = clock
        self._on_answer = on_answer
        self._on_trouble = on_trouble
        self._on_crash = on_crash
        self._lock = threading.Lock()
        self._tickets: dict[Ticket, None] = {}
        self._polls = 0
        self._troubles = 0
        self._wake = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"poll-{site}", daemon=True)
        self._thread.start()

    def add(self, ticket: Ticket, *, at_once: bool) -> None:
        """Wait for one more; `at_once` asks soon, because it may have ended long ago."""
        with self._lock:
            self._tickets[ticket] = None
            self._polls = 0
        if at_once:
            self._wake.set()

    def close(self) -> None:
        """Ask no more. Does not wait for a question that is under way."""
        self._closed.set()
        self._wake.set()

    def _run(self) -> None:
        try:
            self._poll_until_closed()
        except Exception as error:  # noqa: BLE001 - without a poller the run would wait for ever
            self._on_crash(error)

    def _poll_until_closed(self) -> None:
        while not self._closed.is_set():
            pause_s = self._remote.poll_after_s(self._site, self._polls)
            self._clock.wait(self._wake, patient(pause_s, self._troubles))
            self._wake.clear()
            if not self._closed.is_set():
                self._poll()

    def _poll(self) -> None:
        with self._lock:
            tickets = tuple(self._tickets)
            self._polls += 1
        if tickets:
            self._take(self._remote.poll(self._site, tickets))

    def _take(self, answers: Mapping[Ticket, Waiting | Done | Failure]) -> None:
        trouble: Failure | None = None
        for ticket, answer in answers.items():
            if isinstance(answer, Failure):
                trouble = answer
                continue
            if isinstance(answer, Done):
                with self._lock:
                    self._tickets.pop(ticket, None)
                    self._polls = min(self._polls, _AFTER_AN_END)
            self._on_answer(ticket, answer)
        self._troubles = 0 if trouble is None else self._troubles + 1
        if trouble is not None and not self._closed.is_set():
            self._on_trouble(self._site, trouble)
