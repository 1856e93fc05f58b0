"""What a job waits for is said to Slurm, unless it has ended already."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import After, Failure, SiteName, Ticket
from cloudmesh_iac.errors import SiteUnreachable
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    a_job,
    a_provider,
    a_start,
    an_accounted,
)


@pytest.fixture
def cluster() -> FakeSlurm:
    return FakeSlurm()


def a_ticket(remote_id: str = "7", *, index: int | None = None) -> Ticket:
    array = "" if index is None else "t1"
    return Ticket(SiteName("big"), "t1", remote_id, index=index, array=array)


def start(folder: Path, cluster: FakeSlurm, *after: After) -> str | Failure:
    """Return what sbatch is told of the order, empty for nothing."""
    (answer,) = a_provider(folder, cluster).start([a_start("t9", point="next", after=after)])
    if isinstance(answer, Failure):
        return answer
    (said,) = cluster.submitted
    options = [one for one in said if one.startswith(("--dependency", "--kill"))]
    return " ".join(options)


def test_jobs_that_live_are_named_by_the_end_that_counts(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    cluster.queue = [a_job("7"), a_job("8", "PENDING", tasks=frozenset({2, 3}))]

    # when
    said = start(
        tmp_path,
        cluster,
        After(a_ticket()),
        After(a_ticket("8", index=3)),
        After(a_ticket(), any_end=True),
    )

    # then
    assert said == "--dependency=afterok:7:8_3,afterany:7 --kill-on-invalid-dep=yes"


def test_a_job_that_ended_well_is_not_waited_for(tmp_path: Path, cluster: FakeSlurm) -> None:
    cluster.queue = [a_job("7", "COMPLETED")]
    assert start(tmp_path, cluster, After(a_ticket())) == ""


def test_of_a_job_that_slurm_has_forgotten_the_accounting_tells(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    cluster.accounting = [an_accounted("7", "TIMEOUT")]

    # when
    refused = start(tmp_path, cluster, After(a_ticket()))

    # then
    assert refused == Failure(
        "it waits for job 7, which ended TIMEOUT",
        hint="`cmx rerun --failed` runs that again, and this one behind it",
    )
    assert cluster.submitted == []
    assert start(tmp_path, cluster, After(a_ticket(), any_end=True)) == ""


def test_each_submission_asks_the_accounting_anew(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given: two jobs that Slurm has forgotten, and one run that submits behind each of them
    cluster.accounting = [an_accounted("7", "TIMEOUT"), an_accounted("8", "TIMEOUT")]
    provider = a_provider(tmp_path, cluster)

    # when
    answers = [
        provider.start([a_start(f"s{id_}", point=id_, after=(After(a_ticket(id_), any_end=True),))])
        for id_ in ("7", "8")
    ]

    # then
    assert [[isinstance(one, Ticket) for one in said] for said in answers] == [[True], [True]]


def test_behind_a_job_of_which_nobody_knows_nothing_is_submitted(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given: neither queue nor accounting have it yet
    cluster.accounting = []

    # when
    refused = start(tmp_path, cluster, After(a_ticket()))

    # then
    assert isinstance(refused, Failure)
    assert "of which nobody knows how it stands now: it left the queue" in refused.message
    assert cluster.submitted == []


def test_points_that_wait_for_different_jobs_are_no_array(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    cluster.queue = [a_job("7"), a_job("8")]
    starts = [
        a_start(f"s{n}", point=f"b/n={n}", identity=f"i{n}", after=(After(a_ticket(id_)),))
        for n, id_ in enumerate(["7", "8", "7"], start=1)
    ]

    # when
    a_provider(tmp_path, cluster).start(starts)

    # then
    orders = [[one for one in said if "--dep" in one] for said in cluster.submitted]
    assert sorted(orders) == [["--dependency=afterok:7"], ["--dependency=afterok:8"]]
    assert sum("--array=0-1" in said for said in cluster.submitted) == 1


def test_a_queue_that_does_not_answer_leaves_it_open(tmp_path: Path, cluster: FakeSlurm) -> None:
    cluster.refusal["history"] = SiteUnreachable("no answer")
    refused = start(tmp_path, cluster, After(a_ticket()))
    assert isinstance(refused, Failure)
    assert "of which nobody knows how it stands: no answer" in refused.message
