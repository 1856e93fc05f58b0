"""Run a program to its end against a session."""

from collections.abc import Iterator
from contextlib import contextmanager

from cloudmesh_iac.engine.ports.program import Evaluation, Program
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.engine.session import Session

_LONG_S = 3600.0


@contextmanager
def evaluated(
    program: Program, evaluation: Evaluation, session: Session, *, clock: Clock
) -> Iterator[None]:
    """Evaluate a program to its end; its interpreter lives on as long as the block lasts.

    Errors: whatever the session could not handle.
    """
    running = program.start(evaluation, session)
    try:
        while not session.is_finished and session.crash is None:
            clock.wait(session.signal, _LONG_S)
            session.signal.clear()
        if session.crash is not None:
            raise session.crash
        yield
    finally:
        running.stop()


def raise_what_failed(session: Session) -> None:
    """Errors: ProgramFailed; ExperimentError for names that were used twice."""
    if session.error is not None:
        raise session.error
    session.run.raise_clashes()
