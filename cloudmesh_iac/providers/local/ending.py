"""How did a job end, by all that is known when its process is gone?"""

from dataclasses import replace

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.providers.batch.outcome import Outcome, signal_of
from cloudmesh_iac.providers.local.state import Ended, Running


def ending(
    running: Running,
    *,
    ended: float,
    stopped: JobState | None,
    exit_code: int | None,
    outcome: Outcome | None,
) -> Ended:
    """Return the end of a job that began.

    `ended` is when its process was seen to be gone, in seconds since 1970; an exit file knows
    better. `stopped` is TIMEOUT or CANCELLED when it did not end by itself; `exit_code` is its
    process's, None where nobody could ask; `outcome` is its exit file.
    """
    if outcome is not None:
        # Whole seconds where the shell has no finer clock, so it may seem to precede the start.
        ended = max(running.began, outcome.ended_at.timestamp())
    end = Ended(
        remote_id=running.remote_id,
        host=running.host,
        state=JobState.LOST,
        began=running.began,
        ended=ended,
    )
    # A command that returned in the moment of its walltime has its result.
    code = exit_code if outcome is None else outcome.exit_code
    if stopped is not None and outcome is None:
        return replace(end, state=stopped, reason=_STOPPED[stopped])
    if code is None:
        return replace(end, reason="it and its runner were killed, and it left no exit code")
    number = signal_of(code)
    return replace(
        end,
        state=JobState.FAILED if code else JobState.COMPLETED,
        exit_code=code,
        signal=number,
        reason=f"ended by signal {number}" if number else "",
    )


def cancelled(ended: Ended) -> Ended:
    """Return the same end for a job that somebody cancelled: never a result, whatever it left."""
    return replace(ended, state=JobState.CANCELLED, exit_code=None, signal=0, reason="cancelled")


_STOPPED = {JobState.TIMEOUT: "stopped at the end of its walltime", JobState.CANCELLED: "cancelled"}
