"""Jobs that are tried again, on a real cluster: by themselves, and by a run that comes back."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, JobState, Ticket, Waiting
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.batch.attempts import attempts_of
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.providers.slurm.names import job_name
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

PATIENCE_S = 200


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


def said(ticket: Ticket) -> list[str]:
    return (Path(ticket.directory) / "said").read_text().splitlines()


def hurry(bench: Bench, ticket: Ticket) -> None:
    """Slurm lets two minutes pass before it starts a job again that was put back.

    They begin when its last attempt is cleaned up. One that has begun meanwhile needs no hurry.
    """
    eventually(
        lambda: bench.slurm("scontrol", "show", "job", ticket.shown_id),
        lambda shown: "Restarts=1" in shown and "JobState=COMPLETING" not in shown,
        within_s=PATIENCE_S,
    )
    soon = ("scontrol", "update", f"JobId={ticket.shown_id}", "StartTime=now+3seconds")
    answer = bench.cluster.run(soon)
    assert answer.returncode == 0 or "no longer pending" in answer.stderr, answer.stderr


@pytest.mark.timeout(500)
def test_a_job_puts_itself_back_while_nobody_is_there(bench: Bench) -> None:
    # given: a task of an array, and a job, that find what they wrote before
    command = 'echo "attempt $CMX_ATTEMPT" >> said; [ "$CMX_ATTEMPT" = 2 ] || exit 75'
    rule = {"retries": 2, "retry_on": ("exit:75",)}
    tickets = bench.run(
        *(bench.a_start(f"p{n}", command, point=f"again/n={n}", **rule) for n in range(2)),
        bench.a_start("alone", command, **rule),
    )

    # when
    for ticket in tickets:
        hurry(bench, ticket)
    done = bench.ends(tickets, within_s=PATIENCE_S)

    # then
    assert [one.state for one in done] == [JobState.COMPLETED] * 3
    assert [said(ticket) for ticket in tickets] == [["attempt 1", "attempt 2"]] * 3
    own = {ticket.shown_id for ticket in tickets}
    assert len(own) == 3
    for ticket in tickets:
        lines = attempts_of(Path(ticket.directory))
        assert lines == (f"{ticket.shown_id} 0", f"{ticket.shown_id} 1")


class DyingClient(SlurmClient):
    """A run that is killed when sbatch has returned, before it can note the id."""

    def submit(self, arguments: Sequence[str]) -> str:
        raise SiteUnreachable(f"killed after job {super().submit(arguments)}")


@pytest.mark.timeout(500)
def test_where_a_job_may_not_put_itself_back_a_run_submits_the_next_attempt_once(
    bench: Bench,
) -> None:
    # given: the site lets no job of this kind back into the queue
    command = 'echo "attempt $CMX_ATTEMPT" >> said; [ "$CMX_ATTEMPT" = 2 ] || exit 75'
    start = bench.a_start(
        "again", command, retries=2, retry_on=("exit:75",), native={"no-requeue": ""}
    )
    (ticket,) = bench.run(start)
    provider = bench.provider
    eventually(
        lambda: provider.poll([ticket])[ticket],
        lambda answer: isinstance(answer, Waiting) and answer.is_due,
        within_s=PATIENCE_S,
    )

    # when: the run that submits it is killed, and the next one goes on
    dying = DyingClient("rig", bench.computer)
    lost = SlurmProvider(bench.site, bench.computer, slurm=dying).try_again([ticket])
    failure = provider.try_again([ticket])
    provider.confirm([ticket])
    (done,) = bench.ends([ticket], within_s=PATIENCE_S)

    # then
    assert lost is not None
    assert failure is None
    assert (done.state, done.exit_code) == (JobState.COMPLETED, 0)
    assert said(ticket) == ["attempt 1", "attempt 2"]
    known = bench.known(job_name(start.request, start.token), "%A")
    assert len(known) == 2
    assert lost.message == f"killed after job {known[1]}"


@pytest.mark.timeout(500)
def test_a_job_whose_time_is_over_puts_itself_back_and_a_cancelled_one_does_not(
    bench: Bench,
) -> None:
    # given: each goes on from where it was
    command = 'echo "attempt $CMX_ATTEMPT" >> said; [ "$CMX_ATTEMPT" = 2 ] || sleep 300'
    rule = {"retries": 1, "retry_on": ("TIMEOUT",)}
    over, cancelled = bench.run(
        bench.a_start("over", command, **rule), bench.a_start("stopped", command, **rule)
    )
    for ticket in (over, cancelled):
        bench.until(ticket, JobState.RUNNING, within_s=PATIENCE_S)
        eventually((Path(ticket.directory) / "said").exists, within_s=PATIENCE_S)

    # when
    bench.slurm("scontrol", "update", f"JobId={over.remote_id}", "EndTime=now+1seconds")
    bench.slurm("scancel", cancelled.remote_id)
    (stopped,) = bench.ends([cancelled], within_s=PATIENCE_S)
    hurry(bench, over)
    (done,) = bench.ends([over], within_s=PATIENCE_S)

    # then
    assert isinstance(done, Done)
    assert stopped.state is JobState.CANCELLED
    assert said(cancelled) == ["attempt 1"]
    assert done.state is JobState.COMPLETED
    assert said(over) == ["attempt 1", "attempt 2"]
