"""When is a lock over, and how much of it is left?"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from cloudmesh_iac.core.locks import Held, Holder
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.settings.computer import Computer, is_alive


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long a lock outlives a sign of life, and how often its holder gives one.

    `margin_s` must be left to begin a side effect. The same for all who use a store.
    """

    lease_s: float = 60.0
    beat_s: float = 5.0
    margin_s: float = 15.0


RHYTHM = Rhythm()


def is_surely_dead(holder: Holder, computer: Computer) -> bool:
    """Say whether the holder was a process that could be seen from here, and has ended.

    Without its start time nothing is sure: its number may belong to another process now. A process
    of another container, or of another computer of the same name, cannot be seen.
    """
    is_here = (holder.host, holder.system) == (computer.host, computer.system)
    return is_here and bool(holder.started) and not is_alive(holder.pid, holder.started)


class Lease:
    """What is left of our own lock, on our own clock, which goes on while the computer sleeps.

    Others may have seen a sign of life as soon as it was begun to be written: from then we count.
    """

    def __init__(self, clock: Clock, rhythm: Rhythm) -> None:
        self._clock = clock
        self._rhythm = rhythm
        self._lock = threading.Lock()
        self._shown_s = float("-inf")

    def now_s(self) -> float:
        return self._clock.asleep_or_awake_s()

    def shown(self, begun_s: float) -> None:
        """A sign of life that was begun then is written."""
        with self._lock:
            self._shown_s = max(self._shown_s, begun_s)

    def is_long_enough(self) -> bool:
        """Say whether enough is left to begin something."""
        with self._lock:
            left_s = self._shown_s + self._rhythm.lease_s - self.now_s()
        return left_s >= self._rhythm.margin_s


class Sightings:
    """What we have seen of the locks of others; one that stands still for a lease is over.

    Our time alone counts: clocks of two computers need not agree, and while this one sleeps nothing
    is seen.
    """

    def __init__(self, clock: Clock, rhythm: Rhythm) -> None:
        self._clock = clock
        self._rhythm = rhythm
        self._lock = threading.Lock()
        self._first: dict[StackId, tuple[Held, float]] = {}

    def is_over(self, stack: StackId, held: Held) -> bool:
        """Note what was just read, and say whether it has stood still for long enough."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            first = self._first.get(stack)
            if first is None or held.has_moved(first[0]):
                self._first[stack] = held, now_s
                return False
            return now_s - first[1] >= self._rhythm.lease_s


class Heartbeat:
    """A thread that shows every few seconds that the holder of a lock is alive."""

    def __init__(self, beat: Callable[[], None], *, clock: Clock, beat_s: float) -> None:
        self._beat = beat
        self._clock = clock
        self._beat_s = beat_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when it beats no more. Idempotent."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._clock.wait(self._stopped, self._beat_s):
            try:
                self._beat()
            except CmxError:
                continue  # the disk may be full for a while
