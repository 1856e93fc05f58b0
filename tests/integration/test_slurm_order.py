"""Jobs that wait for others by themselves, on a real cluster."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import After, Done, Failure, JobState, Ticket, Waiting
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

PATIENCE_S = 200


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


def after(*tickets: Ticket, any_end: bool = False) -> tuple[After, ...]:
    return tuple(After(ticket, any_end=any_end) for ticket in tickets)


@pytest.mark.timeout(500)
def test_jobs_and_arrays_begin_when_what_they_wait_for_has_ended(bench: Bench) -> None:
    # given: a sweep, a sweep behind all of its points, and a job behind one of those, all let go
    shared = bench.folder / "order"
    first = bench.submit(
        *(
            bench.a_start(f"a{n}", f"sleep {n}; echo a >>{shared}", point=f"one/n={n}")
            for n in range(3)
        )
    )
    second = bench.submit(
        *(
            bench.a_start(f"b{n}", f"echo b >>{shared}", point=f"two/n={n}", after=after(*first))
            for n in range(2)
        )
    )
    (last,) = bench.submit(bench.a_start("c", f"echo c >>{shared}", after=after(second[1])))
    tickets = [*first, *second, last]
    bench.provider.confirm(tickets)
    provider = bench.provider
    eventually(
        lambda: provider.poll([last])[last],
        lambda answer: isinstance(answer, Waiting) and answer.reason == "it waits for another job",
        within_s=PATIENCE_S,
    )

    # when: nobody is there
    done = bench.ends(tickets, within_s=PATIENCE_S)

    # then
    assert {one.state for one in done} == {JobState.COMPLETED}
    order = shared.read_text().split()
    assert order[:3] == ["a"] * 3
    assert sorted(order[3:]) == ["b", "b", "c"]
    assert second[0].remote_id == second[1].remote_id  # they went as one array


@pytest.mark.timeout(500)
def test_behind_a_job_that_fails_only_any_end_goes_on(bench: Bench) -> None:
    # given
    (bad,) = bench.submit(bench.a_start("bad", "exit 3"))
    well, any_ = bench.submit(
        bench.a_start("well", after=after(bad)),
        bench.a_start("any", after=after(bad, any_end=True)),
    )
    bench.provider.confirm([bad, well, any_])

    # when
    _, stuck, went_on = bench.ends([bad, well, any_], within_s=PATIENCE_S)

    # then
    assert stuck.state is JobState.CANCELLED
    assert stuck.reason == (
        "a job that it waited for did not end well, so Slurm took it out of the queue"
    )
    assert went_on.state is JobState.COMPLETED

    # when: everybody comes later, when Slurm would take the bad one for a good one
    refused, behind = bench.provider.start(
        [
            bench.a_start("late", after=after(bad)),
            bench.a_start("late-any", after=after(bad, any_end=True)),
        ]
    )

    # then
    assert refused == Failure(
        f"it waits for job {bad.remote_id}, which ended FAILED",
        hint="`cmx rerun --failed` runs that again, and this one behind it",
    )
    assert isinstance(behind, Ticket)
    bench.provider.confirm([behind])
    (done,) = bench.ends([behind], within_s=PATIENCE_S)
    assert isinstance(done, Done)
