import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.providers.batch.outcome import Outcome, parse_outcome
from cloudmesh_iac.providers.local.ending import cancelled, ending
from cloudmesh_iac.providers.local.state import Running

RUNNING = Running("laptop:1", "laptop", "boot-1", 42, "1", 10.0)
GOOD = parse_outcome("laptop:1 0 0 10 12")
COMPLETED, FAILED, LOST = JobState.COMPLETED, JobState.FAILED, JobState.LOST
TIMEOUT, CANCELLED = JobState.TIMEOUT, JobState.CANCELLED


@pytest.mark.parametrize(
    ("stopped", "exit_code", "outcome", "expected"),
    [
        (None, 0, GOOD, (COMPLETED, 0, 0)),
        (None, 3, None, (FAILED, 3, 0)),
        (None, 137, None, (FAILED, 137, 9)),
        (None, None, GOOD, (COMPLETED, 0, 0)),
        (None, None, None, (LOST, None, 0)),
        (TIMEOUT, 143, None, (TIMEOUT, None, 0)),
        (TIMEOUT, 143, GOOD, (COMPLETED, 0, 0)),
        (CANCELLED, 143, None, (CANCELLED, None, 0)),
    ],
)
def test_the_exit_file_counts_first_then_why_it_was_stopped_then_its_process(
    *,
    stopped: JobState | None,
    exit_code: int | None,
    outcome: Outcome | None,
    expected: tuple[JobState, int | None, int],
) -> None:
    end = ending(RUNNING, ended=12.0, stopped=stopped, exit_code=exit_code, outcome=outcome)
    assert (end.state, end.exit_code, end.signal) == expected
    assert (end.began, end.ended, end.host) == (10.0, 12.0, "laptop")


@pytest.mark.parametrize(("exit_file", "expected"), [("10 11.5", 11.5), ("9 9", 10.0)])
def test_the_exit_file_says_when_it_ended_and_never_before_it_began(
    *, exit_file: str, expected: float
) -> None:
    outcome = parse_outcome(f"laptop:1 0 0 {exit_file}")
    end = ending(RUNNING, ended=12.0, stopped=None, exit_code=0, outcome=outcome)
    assert end.ended == expected


def test_a_cancelled_job_is_no_result_whatever_it_left() -> None:
    end = cancelled(ending(RUNNING, ended=12.0, stopped=None, exit_code=0, outcome=GOOD))
    assert (end.state, end.exit_code) == (CANCELLED, None)
