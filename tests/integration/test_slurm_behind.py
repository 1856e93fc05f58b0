"""What waits for a job that comes back under another id, on a real cluster."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import After, Done, JobState, Start, Ticket, Waiting
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import job_name
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.providers.slurm.words import state_of
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually

PATIENCE_S = 200
LATER = {"begin": "now+1hour"}


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


def says(bench: Bench, word: str) -> str:
    """Return a command that leaves a word where every job of a test writes."""
    return f"echo {word} >>{bench.folder}/said"


def said(bench: Bench) -> list[str]:
    return (bench.folder / "said").read_text().split()


def behind(bench: Bench, ticket: Ticket, points: int = 1, **changes: object) -> list[Ticket]:
    """Return jobs that wait for another, one array for several."""
    return bench.run(
        *(
            bench.a_start(
                f"b{n}", says(bench, "b"), point=f"b/n={n}", after=(After(ticket),), **changes
            )
            for n in range(points)
        )
    )


def with_limits(start: Start, **changes: object) -> Start:
    return replace(start, request=replace(start.request, **changes))  # type: ignore[arg-type]


@pytest.mark.timeout(500)
def test_what_waits_for_a_job_waits_for_it_under_its_new_limits(bench: Bench) -> None:
    # given: a job that waits for its time, an array behind it, and a job behind the array
    start = bench.a_start("a", f"sleep 3; {says(bench, 'a')}", native=LATER)
    (first,) = bench.run(start)
    array = behind(bench, first, points=2)
    after = tuple(After(one) for one in array)
    (last,) = bench.run(bench.a_start("c", says(bench, "c"), after=after))

    # when: what only another submission can change
    changed = bench.provider.change_limits(first, with_limits(start, native={}))
    done = bench.ends([first, *array, last], within_s=PATIENCE_S)

    # then
    assert changed.remote_id != first.remote_id
    assert changed.note.endswith(f"; job {array[0].remote_id} waits for it now")
    assert [one.state for one in done] == [JobState.COMPLETED] * 4
    assert said(bench) == ["a", "b", "b", "c"]


@pytest.mark.timeout(500)
def test_what_waits_for_a_job_waits_for_its_next_run(bench: Bench) -> None:
    # given
    start = bench.a_start("a", says(bench, "old"), native=LATER)
    (old,) = bench.run(start)
    (waiting,) = behind(bench, old)

    # when: another run takes its place, as in a rerun, and the old one leaves
    rerun = with_limits(
        bench.a_start("a2", f"sleep 3; {says(bench, 'a')}"), point=start.request.point, run=1
    )
    (new,) = bench.run(rerun)
    bench.provider.cancel([old])
    done = bench.ends([new, waiting], within_s=PATIENCE_S)

    # then
    assert [one.state for one in done] == [JobState.COMPLETED] * 2
    assert said(bench) == ["a", "b"]


class Forgetful(SlurmClient):
    """A controller that has forgotten what has ended."""

    def recent_jobs(self, *, younger_than_s: float) -> tuple[QueuedJob, ...]:
        known = super().recent_jobs(younger_than_s=younger_than_s)
        return tuple(job for job in known if not state_of(job.state).has_ended)


class NoUpdates(SlurmClient):
    """A cluster whose administrators let nobody change a job in the queue."""

    def update(self, remote_id: str, assignments: Sequence[str]) -> None:
        raise SiteRefused(f"Access/permission denied for job {remote_id}: {assignments}")


@pytest.mark.timeout(500)
def test_where_no_order_may_be_changed_what_waits_is_submitted_again(bench: Bench) -> None:
    # given
    start = bench.a_start("a", f"sleep 3; {says(bench, 'a')}", native=LATER)
    (first,) = bench.run(start)
    array = behind(bench, first, points=2)
    strict = SlurmProvider(bench.site, bench.computer, slurm=NoUpdates("rig", bench.computer))

    # when
    changed = strict.change_limits(first, with_limits(start, native={}))
    done = bench.ends([first, *array], within_s=PATIENCE_S)

    # then
    assert "wait for it now" in changed.note
    assert [one.state for one in done] == [JobState.COMPLETED] * 3
    assert said(bench) == ["a", "b", "b"]


@pytest.mark.timeout(500)
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_what_slurm_took_out_goes_on_behind_the_next_attempt(
    bench: Bench, *, is_forgotten: bool
) -> None:
    # given: a job that may not put itself back, and one behind it
    command = f'[ "$CMX_ATTEMPT" = 2 ] || exit 75; sleep 3; {says(bench, "a")}'
    rule = {"retries": 1, "retry_on": ("exit:75",), "native": {"no-requeue": ""}}
    (first,) = bench.submit(bench.a_start("a", command, **rule))
    start = bench.a_start("b", says(bench, "b"), after=(After(first),))
    (waiting,) = bench.submit(start)
    bench.provider.confirm([first, waiting])
    name = job_name(start.request, start.token)
    eventually(lambda: bench.known(name, "%T"), lambda is_: is_ == ["CANCELLED"], within_s=60)
    client = (Forgetful if is_forgotten else SlurmClient)("rig", bench.computer)
    provider = SlurmProvider(bench.site, bench.computer, slurm=client)

    # when: a run comes by
    early = eventually(
        lambda: provider.poll([waiting])[waiting],
        lambda answer: isinstance(answer, Waiting) and "goes on behind" in answer.reason,
        within_s=PATIENCE_S,
    )
    assert provider.try_again([first]) is None
    provider.confirm([first])
    due = eventually(
        lambda: provider.poll([waiting])[waiting],
        lambda answer: isinstance(answer, Waiting) and answer.is_due,
        within_s=PATIENCE_S,
    )
    assert provider.try_again([waiting]) is None
    provider.confirm([waiting])
    done = bench.ends([first, waiting], within_s=PATIENCE_S)

    # then
    assert isinstance(early, Waiting)
    assert not early.is_due
    assert isinstance(due, Waiting)
    assert "`cmx up` submit it behind that" in due.reason
    assert [one.state for one in done] == [JobState.COMPLETED] * 2
    assert said(bench) == ["a", "b"]


@pytest.mark.timeout(500)
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_what_somebody_took_out_stays_out(bench: Bench, *, is_forgotten: bool) -> None:
    # given: a job that is due to be tried again, and one behind it that somebody cancelled
    rule = {"retries": 1, "retry_on": ("exit:75",), "native": {"no-requeue": ""}}
    (first,) = bench.run(bench.a_start("a", "sleep 5; exit 75", **rule))
    (waiting,) = behind(bench, first)
    bench.slurm("scancel", waiting.remote_id)
    provider = bench.provider
    eventually(
        lambda: provider.poll([first])[first],
        lambda answer: isinstance(answer, Waiting) and answer.is_due,
        within_s=PATIENCE_S,
    )

    # when
    client = (Forgetful if is_forgotten else SlurmClient)("rig", bench.computer)
    provider = SlurmProvider(bench.site, bench.computer, slurm=client)
    answer = eventually(
        lambda: provider.poll([waiting])[waiting],
        lambda answer: not isinstance(answer, Waiting) or answer.state is not JobState.UNKNOWN,
        within_s=PATIENCE_S,
    )

    # then
    assert isinstance(answer, Done)
    assert answer.state is JobState.CANCELLED
