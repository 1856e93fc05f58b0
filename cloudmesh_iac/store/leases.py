"""Who holds a stack's lock, and when is it over?"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.engine.ports import Clock, Holder
from cloudmesh_iac.errors import CmxError, PlanBroken, StackLocked, UsageProblem
from cloudmesh_iac.settings.computer import is_alive

LEASE_S = 60.0
BEAT_S = 5.0


@dataclass(frozen=True, slots=True)
class Held:
    """A lock as an observer sees it: `beat` grows for as long as its holder lives."""

    holder: Holder
    token: int
    beat: int


def is_surely_dead(holder: Holder, host: str) -> bool:
    """Say whether the holder was a process of this host that has ended.

    Without its start time nothing is sure: its number may belong to another process now.
    """
    return holder.host == host and bool(holder.started) and not is_alive(holder.pid, holder.started)


def locked(stack: StackId, holder: Holder, host: str) -> StackLocked:
    """Return the error that names a living holder."""
    if holder.host == host:
        hint = "wait for that run to end, or press Ctrl-C where it runs"
    else:
        hint = (
            "wait for that run to end; if its computer is gone, the lock is free for whoever has"
            f" seen no sign of life for {LEASE_S:g} s"
        )
    return StackLocked(
        f"stack {stack} is being written by {holder.user} on {holder.host}"
        f" ({holder.purpose}, process {holder.pid})",
        subject=str(stack),
        hint=hint,
    )


def taken_over(stack: StackId) -> StackLocked:
    return StackLocked(
        f"the lock of stack {stack} was taken over by another run, which saw no sign of life of"
        " this one",
        subject=str(stack),
        hint="see `cmx status` for what is recorded; the next `cmx up` settles what is open",
    )


def plan_broken(snapshot: Snapshot, serial: int) -> PlanBroken:
    return PlanBroken(
        f"stack {snapshot.stack} has changed since this plan was made"
        f" (its state is number {serial}, the plan was made from {snapshot.serial})",
        subject=str(snapshot.stack),
        hint="make a new plan: cmx preview",
    )


def not_empty(stack: StackId) -> UsageProblem:
    return UsageProblem(
        f"stack {stack} still has resources",
        subject=str(stack),
        hint="take them away first: cmx destroy",
    )


class Patience:
    """Watch a lock of another run until it moves, is over, or we do not want to wait any more."""

    def __init__(self, stack: StackId, *, host: str, clock: Clock, patience_s: float) -> None:
        self._stack = stack
        self._host = host
        self._clock = clock
        self._patience_s = patience_s
        self._since_s = clock.monotonic_s()
        self._first: Held | None = None

    def wait(self, held: Held) -> Held | None:
        """Wait a little; return the lock if it is over.

        Errors: StackLocked when its holder lives, or when the patience is at its end.
        """
        first = self._first = self._first or held
        waited_s = self._clock.monotonic_s() - self._since_s
        if held == first and waited_s >= LEASE_S:
            return held
        if held != first or waited_s >= self._patience_s:
            raise locked(self._stack, held.holder, self._host)
        left_s = min(LEASE_S, self._patience_s) - waited_s
        self._clock.wait(threading.Event(), min(BEAT_S, left_s))
        return None


class Heartbeat:
    """A thread that shows every few seconds that the holder of a lock is alive."""

    def __init__(self, beat: Callable[[], None], clock: Clock) -> None:
        self._beat = beat
        self._clock = clock
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; returns when it beats no more. Idempotent."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._clock.wait(self._stopped, BEAT_S):
            try:
                self._beat()
            except CmxError:
                # The disk may be full for a while. If the lock is lost, the next commit says so.
                continue
