"""A job is tried again by its rule, once for each attempt that has ended."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, JobState, Ticket, Waiting
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.attempts import attempts_of
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import FakeSlurm, a_job, a_provider, a_start


@pytest.fixture
def cluster() -> FakeSlurm:
    return FakeSlurm()


@pytest.fixture
def provider(tmp_path: Path, cluster: FakeSlurm) -> SlurmProvider:
    return a_provider(tmp_path, cluster)


def started(provider: SlurmProvider, *on: str, retries: int = 2) -> Ticket:
    (ticket,) = provider.start([a_start(retries=retries, retry_on=on)])
    assert isinstance(ticket, Ticket)
    return ticket


def ended(cluster: FakeSlurm, *states: str) -> None:
    """Let the jobs that were submitted have ended so, one after the other."""
    cluster.queue = [
        a_job(str(101 + n), state, wait_status=75 << 8 if state == "FAILED" else 0)
        for n, state in enumerate(states)
    ]


def stands(provider: SlurmProvider, ticket: Ticket) -> Waiting | Done:
    answer = provider.poll([ticket])[ticket]
    assert isinstance(answer, Waiting | Done)
    return answer


def test_an_end_of_the_rule_is_no_end_but_a_due_attempt(
    provider: SlurmProvider, cluster: FakeSlurm
) -> None:
    # given
    ticket = started(provider, "exit:75")
    ended(cluster, "FAILED")

    # when
    answer = stands(provider, ticket)

    # then
    assert answer == Waiting(
        JobState.QUEUED,
        "attempt 1 of 3 ended FAILED with exit code 75: `cmx wait` and `cmx up` start the next",
        is_due=True,
    )
    assert len(cluster.submitted) == 1


@pytest.mark.parametrize("state", ["TIMEOUT", "CANCELLED", "COMPLETED"])
def test_another_end_is_the_end(provider: SlurmProvider, cluster: FakeSlurm, *, state: str) -> None:
    ticket = started(provider, "exit:75")
    ended(cluster, state)
    assert isinstance(stands(provider, ticket), Done)


def test_the_next_attempt_is_another_job_in_the_same_directory(
    provider: SlurmProvider, cluster: FakeSlurm
) -> None:
    # given
    ticket = started(provider, "TIMEOUT")
    ended(cluster, "TIMEOUT")

    # when
    failure = provider.try_again([ticket])
    cluster.queue.append(a_job("102", "RUNNING"))

    # then
    assert failure is None
    first, second = cluster.submitted
    assert second == [*first, "1"]  # the same script, with its own claim
    assert stands(provider, ticket).state is JobState.RUNNING
    assert attempts_of(Path(ticket.directory)) == ("101 0",)
    manifest = manifest_of(ticket)
    assert manifest is not None
    assert (manifest.remote_id, manifest.submission) == ("102", 1)


def test_after_the_last_attempt_it_has_ended(provider: SlurmProvider, cluster: FakeSlurm) -> None:
    # given
    ticket = started(provider, "TIMEOUT", retries=1)
    ended(cluster, "TIMEOUT")
    provider.try_again([ticket])

    # when
    ended(cluster, "TIMEOUT", "TIMEOUT")
    (Path(ticket.directory) / "attempts").write_text("101 0\n102 0\n")

    # then
    assert stands(provider, ticket).state is JobState.TIMEOUT


def test_a_run_that_dies_behind_the_submission_leaves_one_job(
    provider: SlurmProvider, cluster: FakeSlurm
) -> None:
    # given: the answer was lost, the job is there
    ticket = started(provider, "TIMEOUT")
    ended(cluster, "TIMEOUT")
    cluster.refusal["submit"] = SiteUnreachable("killed")
    lost = provider.try_again([ticket])
    cluster.queue.append(a_job("102", "PENDING", reason="JobHeldUser"))

    # when
    failure = provider.try_again([ticket])
    provider.confirm([ticket])

    # then
    assert lost is not None
    assert failure is None
    assert len(cluster.submitted) == 1
    assert cluster.calls[-1] == "release 102"
    assert attempts_of(Path(ticket.directory)) == ("101 0",)


def test_a_run_that_dies_before_the_submission_is_gone_on_with(
    provider: SlurmProvider, cluster: FakeSlurm
) -> None:
    # given
    ticket = started(provider, "NODE_FAIL")
    ended(cluster, "NODE_FAIL")
    cluster.refusal["submit"] = SiteUnreachable("killed")
    provider.try_again([ticket])

    # when: the controller has forgotten the first one meanwhile
    cluster.queue.clear()
    answer = stands(provider, ticket)
    failure = provider.try_again([ticket])

    # then
    assert isinstance(answer, Waiting)
    assert answer.is_due
    assert failure is None
    assert len(cluster.submitted) == 2


def test_where_nothing_is_held_a_job_that_has_begun_is_found_by_its_claim(
    provider: SlurmProvider, cluster: FakeSlurm
) -> None:
    # given: it ran, and nobody noted its id
    ticket = started(provider, "TIMEOUT")
    ended(cluster, "TIMEOUT")
    (Path(ticket.directory) / "taken.t1" / "101").mkdir(parents=True)
    cluster.refusal["submit"] = SiteUnreachable("killed")
    provider.try_again([ticket])
    (Path(ticket.directory) / "taken.t1.1" / "102").mkdir(parents=True)
    cluster.queue.clear()

    # when
    failure = provider.try_again([ticket])

    # then
    assert failure is None
    assert len(cluster.submitted) == 1
    manifest = manifest_of(ticket)
    assert manifest is not None
    assert manifest.remote_id == "102"


def test_a_refusal_leaves_the_attempt_due(provider: SlurmProvider, cluster: FakeSlurm) -> None:
    # given
    ticket = started(provider, "TIMEOUT")
    ended(cluster, "TIMEOUT")
    cluster.refusal["submit"] = SiteRefused("Batch job submission failed: no hours left")

    # when
    failure = provider.try_again([ticket])

    # then
    assert failure is not None
    assert "no hours left" in failure.message
    answer = stands(provider, ticket)
    assert isinstance(answer, Waiting)
    assert answer.is_due


def test_a_stranger_in_the_directory_is_not_tried_again(
    provider: SlurmProvider, cluster: FakeSlurm
) -> None:
    # given
    ticket = started(provider, "TIMEOUT")
    (Path(ticket.directory) / "manifest.json").unlink()

    # when
    failure = provider.try_again([ticket])

    # then
    assert failure is not None
    assert "its directory does not say what it was" in failure.message
    assert len(cluster.submitted) == 1
