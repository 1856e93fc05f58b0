"""A job runs once, whatever died in between."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure, Start, Ticket
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.layout import job_directory
from cloudmesh_iac.providers.batch.manifest import mark_cancelled, read_manifest
from cloudmesh_iac.providers.slurm.earlier import choose
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    StoppedClock,
    a_job,
    a_provider,
    a_request,
    a_start,
)


@pytest.fixture
def cluster() -> FakeSlurm:
    return FakeSlurm()


def directory_of(folder: Path, start: Start) -> Path:
    return job_directory(folder / "jobs", start.request)


def test_many_starts_ask_the_queue_once(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    starts = [a_start(f"t{n}", point=f"pi/n={n}", identity=f"i{n}") for n in range(5)]

    # when
    tickets = a_provider(tmp_path, cluster).start(starts)

    # then
    assert [getattr(ticket, "token", None) for ticket in tickets] == ["t0", "t1", "t2", "t3", "t4"]
    assert cluster.calls.count("jobs") == 1
    for ticket in tickets:
        assert isinstance(ticket, Ticket)
        manifest = read_manifest(Path(ticket.directory))
        assert manifest is not None
        assert manifest.remote_id == ticket.remote_id


def test_a_noted_job_needs_no_question(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    provider = a_provider(tmp_path, cluster)
    first = provider.start([a_start()])
    cluster.calls.clear()

    # when
    second = provider.start([a_start()])

    # then
    assert second == first
    assert cluster.calls == []


def test_a_cluster_that_does_not_answer_gets_nothing(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    cluster.refusal["jobs"] = SiteUnreachable("no answer", hint="wait")

    # when
    answers = a_provider(tmp_path, cluster).start([a_start()])

    # then
    assert answers == [Failure("no answer", hint="wait", is_certain=True)]
    assert cluster.submitted == []


def test_after_a_refusal_the_next_start_does_not_wait(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    clock = StoppedClock()
    provider = a_provider(tmp_path, cluster, clock)
    cluster.refusal["submit"] = SiteRefused("Batch job submission failed: no such queue")

    # when
    refused = provider.start([a_start()])
    accepted = provider.start([a_start()])

    # then
    assert refused == [Failure("Batch job submission failed: no such queue")]
    assert isinstance(accepted[0], Ticket)
    assert clock.passed_s == 0


def test_a_submission_that_may_be_on_its_way_is_waited_for(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    clock = StoppedClock()
    provider = a_provider(tmp_path, cluster, clock)
    cluster.refusal["submit"] = SiteUnreachable("timed out")
    unclear = provider.start([a_start()])
    clock.passed_s += 4

    # when
    again = provider.start([a_start()])

    # then
    assert unclear == [Failure("timed out", is_certain=False)]
    assert isinstance(again[0], Ticket)
    assert clock.passed_s == 10
    assert len(cluster.submitted) == 1


def test_a_submission_that_did_arrive_is_taken_over(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    provider = a_provider(tmp_path, cluster)
    cluster.refusal["submit"] = SiteUnreachable("timed out")
    provider.start([a_start()])
    cluster.queue = [a_job("9", "PENDING", reason="JobHeldUser")]

    # when
    (ticket,) = provider.start([a_start()])

    # then
    assert isinstance(ticket, Ticket)
    assert ticket.remote_id == "9"
    assert cluster.submitted == []


def test_the_twins_of_a_job_are_cancelled(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    cluster.queue = [
        a_job("12", "PENDING", reason="JobHeldUser"),
        a_job("9", "PENDING", reason="JobHeldUser"),
        a_job("8", "RUNNING", name="another.cmx-t2"),
    ]

    # when
    (ticket,) = a_provider(tmp_path, cluster).start([a_start()])

    # then
    assert isinstance(ticket, Ticket)
    assert ticket.remote_id == "9"
    assert cluster.calls == ["jobs", "cancel 12"]


def test_of_several_jobs_the_released_one_stays() -> None:
    # given
    refused = a_job("1", "FAILED", nodes="")
    cancelled = a_job("2", "CANCELLED", nodes="")
    held = a_job("3", "PENDING", reason="JobHeldUser")
    ended = a_job("4", "COMPLETED")
    running = a_job("15", "RUNNING")

    # then
    assert choose([refused, cancelled, held, ended, running]) == (running, [held])
    assert choose([cancelled, held, ended]) == (held, [])
    assert choose([cancelled, ended]) == (ended, [])
    assert choose([cancelled]) == (cancelled, [])
    assert choose([refused]) == (None, [])


def test_the_living_job_of_another_store_stands_for_the_same_work(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    provider = a_provider(tmp_path, cluster)
    (theirs,) = provider.start([a_start("theirs")])
    assert isinstance(theirs, Ticket)
    cluster.queue = [a_job(theirs.remote_id, name="pi.cmx-theirs")]

    # when
    (ours,) = provider.start([a_start("ours")])

    # then
    assert ours == theirs

    # when it was cancelled, it stands for nothing
    mark_cancelled(Path(theirs.directory))
    (again,) = provider.start([a_start("ours")])

    # then
    assert isinstance(again, Ticket)
    assert again.token == "ours"


def test_a_request_that_no_script_can_say_is_a_failure_of_its_own(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    bad = Start("bad", a_request(point="bad", environment={"no name": "x"}))

    # when
    failed, ticket = a_provider(tmp_path, cluster).start([bad, a_start()])

    # then
    assert isinstance(failed, Failure)
    assert failed.is_certain
    assert isinstance(ticket, Ticket)


def test_a_manifest_that_cannot_be_read_stops_its_start_only(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    start = a_start()
    directory_of(tmp_path, start).mkdir(parents=True)
    (directory_of(tmp_path, start) / "manifest.json").write_text("{")

    # when
    failed, ticket = a_provider(tmp_path, cluster).start([start, a_start("t2", point="other")])

    # then
    assert isinstance(failed, Failure)
    assert isinstance(ticket, Ticket)
