"""That a job has ended is seen in its files alone."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Ticket
from cloudmesh_iac.providers.batch.manifest import mark_cancelled
from tests.unit.providers.slurm.fake_slurm import FakeSlurm, a_provider, a_start

AT = "2026-11-30T21:00:00"


def started(folder: Path, *, retries: int = 0, retry_on: tuple[str, ...] = ()) -> Ticket:
    (ticket,) = a_provider(folder, FakeSlurm()).start([a_start(retries=retries, retry_on=retry_on)])
    assert isinstance(ticket, Ticket)
    return ticket


def has_ended(folder: Path, ticket: Ticket) -> bool:
    cluster = FakeSlurm()
    answer = a_provider(folder, cluster).has_ended(ticket)
    assert cluster.calls == []
    return answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("", False),
        ("slurmstepd: error: hello\n", False),
        (f"slurmstepd: error: *** JOB 101 ON n1 CANCELLED AT {AT} DUE TO TIME LIMIT ***\n", True),
        (f"x\nslurmstepd: error: *** JOB 101 ON n1 CANCELLED AT {AT} ***\n", True),
        (f"slurmstepd: error: *** JOB 101 ON n1 CANCELLED AT {AT} DUE TO JOB REQUEUE ***\n", False),
    ],
)
def test_slurm_says_in_the_log_that_it_stops_a_job(
    tmp_path: Path, said: str, *, answer: bool
) -> None:
    ticket = started(tmp_path)
    (Path(ticket.directory) / "stderr.log").write_text(said)
    assert has_ended(tmp_path, ticket) is answer


@pytest.mark.parametrize(("line", "answer"), [("101 0 0 1 2", True), ("99 0 0 1 2", False)])
def test_the_exit_file_of_this_job_tells(tmp_path: Path, *, line: str, answer: bool) -> None:
    ticket = started(tmp_path)
    (Path(ticket.directory) / "exit").write_text(line)
    assert has_ended(tmp_path, ticket) is answer


def test_a_job_that_is_tried_again_has_not_ended(tmp_path: Path) -> None:
    # given
    ticket = started(tmp_path, retries=1, retry_on=("exit:75", "TIMEOUT"))
    directory = Path(ticket.directory)
    stopped = f"slurmstepd: error: *** JOB 101 ON n1 CANCELLED AT {AT} DUE TO TIME LIMIT ***\n"
    (directory / "stderr.log").write_text(stopped)
    first = has_ended(tmp_path, ticket)

    # when
    (directory / "attempts").write_text("101 0\n101 1\n")

    # then
    assert not first
    assert has_ended(tmp_path, ticket)


def test_a_job_that_we_cancelled_or_whose_folder_is_gone_has_ended(tmp_path: Path) -> None:
    # given
    ticket = started(tmp_path)
    mark_cancelled(Path(ticket.directory))

    # then
    assert has_ended(tmp_path, ticket)
    (Path(ticket.directory) / "manifest.json").unlink()
    assert has_ended(tmp_path, ticket)
