from datetime import UTC, datetime
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.outcome import Outcome, parse_outcome, read_outcome


def test_an_exit_file_says_who_ended_how_and_when() -> None:
    assert parse_outcome("1361 0 3 1772366400 1772366401.5\n") == Outcome(
        remote_id="1361",
        restarts=0,
        exit_code=3,
        started_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        ended_at=datetime(2026, 3, 1, 12, 0, 1, 500_000, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("exit_code", "state", "signal"),
    [
        (0, JobState.COMPLETED, 0),
        (3, JobState.FAILED, 0),
        (128, JobState.FAILED, 0),
        (137, JobState.FAILED, 9),
        (255, JobState.FAILED, 0),
    ],
)
def test_an_exit_code_above_128_is_a_signal(exit_code: int, state: JobState, signal: int) -> None:
    done = parse_outcome(f"7 1 {exit_code} 0 1").to_done(("node1",))
    assert (done.state, done.exit_code, done.signal) == (state, exit_code, signal)
    assert done.hosts == ("node1",)


@pytest.mark.parametrize("text", ["", "0", "1 2 3", "a b c d e", "1 0 0 0 1e999", "1 0 0 0 nan"])
def test_another_text_is_no_outcome(text: str) -> None:
    with pytest.raises(SiteRefused, match="not five fields"):
        parse_outcome(text)


def test_no_file_means_that_it_did_not_end_by_itself(tmp_path: Path) -> None:
    assert read_outcome(tmp_path) is None
    assert read_outcome(tmp_path / "nowhere") is None
