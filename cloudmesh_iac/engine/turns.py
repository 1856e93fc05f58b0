"""Whose turn is it to write a stack?"""

import threading
from datetime import datetime

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.locks import Held, Holder
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.ports.surroundings import Clock, Events
from cloudmesh_iac.errors import StackLocked

_LOOK_S = 0.5
_SOON_S = 6.0  # by then a living holder has given a sign of life


def wait_for_turn(
    stack: StackId, *, store: Store, clock: Clock, events: Events, patience_s: float = 0.0
) -> None:
    """Return when no run holds the lock of a stack any more.

    A holder that gives no sign of life is watched until its lock is over; a living one is waited
    for as long as the patience lasts. Errors: StackLocked, which names it.
    """
    first = held = store.lock(stack)
    began_s = clock.monotonic_s()
    has_said = False
    while first is not None and held is not None:
        waited_s = clock.monotonic_s() - began_s
        lives = held.has_moved(first)
        if lives and waited_s >= patience_s:
            raise locked(stack, held)
        if not has_said and (lives or waited_s >= _SOON_S):
            has_said = True
            events.tell(Noticed(_words_while(held, lives=lives)))
        clock.wait(threading.Event(), _LOOK_S)
        held = store.lock(stack)


def wait_for_end(
    stack: StackId, held: Held, *, store: Store, clock: Clock, patience_s: float
) -> bool:
    """Say whether the run that holds a lock ends while the patience lasts."""
    began_s = clock.monotonic_s()
    while (now := store.lock(stack)) is not None and now.token == held.token:
        if clock.monotonic_s() - began_s >= patience_s:
            return False
        clock.wait(threading.Event(), _LOOK_S)
    return True


def locked(stack: StackId, held: Held) -> StackLocked:
    """Return the error that names a holder."""
    return StackLocked(
        f"stack {stack} is being written by {described(held)}",
        subject=str(stack),
        hint="wait for that run to end (--wait-for-lock 10m does it), or ask it to stop:"
        f" cmx cancel -s {stack.name}",
    )


def described(held: Held) -> str:
    """Return who holds a lock, what it does and since when."""
    holder = held.holder
    facts = [holder.purpose, f"process {holder.pid}"]
    if held.since is not None:
        facts.append(f"since {_moment(held.since)}")
    return f"{named(holder)} ({', '.join(facts)})"


def named(holder: Holder) -> str:
    return f"{holder.user} on {holder.host}"


def _moment(at: datetime) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _words_while(held: Held, *, lives: bool) -> str:
    if lives:
        return f"waiting for the run of {described(held)}"
    return (
        f"no sign of life from the run of {described(held)}; if there is none for a minute, it is"
        " over"
    )
