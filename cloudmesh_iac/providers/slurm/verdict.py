"""How does a job stand, by what the queue, the exit file and the accounting say?"""

from collections.abc import Iterable

from cloudmesh_iac.core.jobs import Done, JobState, Waiting
from cloudmesh_iac.providers.batch.outcome import Outcome
from cloudmesh_iac.providers.slurm.lines import AccountedJob, QueuedJob, exit_of, expand_hosts
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.words import (
    OUT_OF_QUEUE,
    about_end,
    is_elsewhere,
    state_of,
    why_waiting,
)

_NO_OUTPUT_FILE = 53  # what Slurm calls a signal when it cannot open the job's folder or output
_LAST_SIGNAL = 64
_TO_START = frozenset({JobState.QUEUED, JobState.HELD})


def from_queue(job: QueuedJob, outcome: Outcome | None) -> Waiting | Done:
    """Say how a job stands that the controller knows; `outcome` is of this very attempt."""
    state = state_of(job.state, job.reason)
    if not state.has_ended:
        return Waiting(
            state,
            reason=why_waiting(job.state, job.reason, restarts=job.restarts),
            expected_start=job.start if state in _TO_START and not job.nodes else None,
            started_at=job.start if job.nodes else None,
        )
    code, signal = exit_of(job.wait_status)
    return _ended(
        AccountedJob(
            remote_id=job.remote_id,
            state=job.state,
            exit_code=code,
            signal=signal,
            start=job.start,
            end=job.end,
            nodes=job.nodes,
            name=job.name,
            reason=job.reason,
        ),
        outcome,
    )


def from_accounting(token: str, jobs: Iterable[AccountedJob]) -> Done | Waiting | None:
    """Say how a job ended that the controller has forgotten; None when that is not known.

    Under one id there may be a stranger's job, from before the controller lost its memory, earlier
    attempts of ours, and in a federation what each cluster has of it. Waiting is said only of a job
    that somebody has: one that another cluster has taken, or in a state that is new to us.
    """
    own = [job for job in jobs if token_of(job.name) == token]
    here = [job for job in own if not is_elsewhere(job.state)]
    if here and state_of(here[-1].state) is JobState.UNKNOWN:
        return Waiting(JobState.UNKNOWN, why_waiting(here[-1].state, ""))
    ended = [job for job in here if state_of(job.state).has_ended]
    if ended:
        return _ended(ended[-1], None)
    away = [job for job in own if is_elsewhere(job.state)]
    if not away:
        return None
    state = state_of(here[-1].state) if here else JobState.UNKNOWN
    return Waiting(state, why_waiting(away[-1].state, ""))


def _ended(job: AccountedJob, outcome: Outcome | None) -> Done:
    state = state_of(job.state)
    hosts = expand_hosts(job.nodes)
    started = job.start if hosts else None
    exit_code, signal = _exit(job, state, outcome)
    return Done(
        state=state,
        exit_code=exit_code,
        signal=signal,
        started_at=outcome.started_at if outcome else started,
        ended_at=outcome.ended_at if outcome else job.end,
        hosts=hosts,
        reason=_reason(job, state),
    )


def _exit(job: AccountedJob, state: JobState, outcome: Outcome | None) -> tuple[int | None, int]:
    if state is JobState.COMPLETED:
        return 0, 0
    if state is not JobState.FAILED:
        return None, 0
    if outcome is not None and outcome.exit_code:
        return outcome.exit_code, outcome.signal
    if job.exit_code:
        return job.exit_code, 0
    signal = job.signal if job.signal <= _LAST_SIGNAL and job.signal != _NO_OUTPUT_FILE else 0
    return None, signal


def _reason(job: AccountedJob, state: JobState) -> str:
    if state is JobState.FAILED and job.signal == _NO_OUTPUT_FILE and not job.exit_code:
        return "its folder or its output file could not be opened on the node"
    return OUT_OF_QUEUE if job.by_slurm else about_end(job.state, job.reason)
