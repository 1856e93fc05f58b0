"""Stay with a run as long as it is worth staying."""

from cloudmesh_iac.engine.applying import ApplyingSession
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.engine.standing import Standing

_LONG_S = 3600.0


def watch(session: ApplyingSession, *, clock: Clock, patience_s: float | None) -> None:
    """Return when the run has ended, or when only waits were left for `patience_s` seconds.

    Errors: KeyboardInterrupt, raised in the main thread by Ctrl-C.
    """
    idle_since_s: float | None = None
    while True:
        session.signal.clear()
        standing = session.standing()
        if standing in {Standing.FINISHED, Standing.BROKEN}:
            return
        pause_s = _LONG_S
        if standing is Standing.ONLY_WAITS and patience_s is not None:
            now_s = clock.monotonic_s()
            idle_since_s = now_s if idle_since_s is None else idle_since_s
            pause_s = patience_s - (now_s - idle_since_s)
            if pause_s <= 0:
                return
        else:
            idle_since_s = None
        clock.wait(session.signal, pause_s)


def drain(session: ApplyingSession, *, clock: Clock) -> None:
    """Return when nothing that was started by us is still under way here."""
    while True:
        session.signal.clear()
        if session.standing() is not Standing.WORKING:
            return
        clock.wait(session.signal, _LONG_S)
