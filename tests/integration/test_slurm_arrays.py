"""The tasks of one array on a real cluster: each ends, waits and is taken away by itself."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Ticket, Waiting
from tests.integration.test_slurm_provider import Bench
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.waiting import eventually


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Bench:
    return Bench(slurm, tmp_path)


def an_array(bench: Bench, *commands: str, **changes: object) -> list[Ticket]:
    starts = [
        bench.a_start(f"p{n}", command, point=f"arr/n={n}", **changes)
        for n, command in enumerate(commands)
    ]
    return bench.submit(*starts)


def states(bench: Bench, tickets: list[Ticket]) -> list[str]:
    answers = bench.provider.poll(tickets).values()
    return [str(one.state) if not isinstance(one, Failure) else one.message for one in answers]


@pytest.mark.timeout(400)
def test_each_task_ends_as_its_own_command_and_writes_into_its_own_directory(bench: Bench) -> None:
    # given
    tickets = an_array(bench, "echo one", "echo two >&2; exit 3", "kill -9 $$", "sleep 300")

    # when
    held = states(bench, tickets)
    bench.provider.confirm(tickets)
    good, bad, killed = bench.ends(tickets[:3], within_s=200)
    bench.provider.cancel(tickets[3:])
    (cancelled,) = bench.ends(tickets[3:], within_s=200)

    # then
    assert held == ["HELD"] * 4
    assert [ticket.index for ticket in tickets] == [0, 1, 2, 3]
    assert len({ticket.remote_id for ticket in tickets}) == 1
    assert (good.state, good.exit_code) == (JobState.COMPLETED, 0)
    assert (bad.state, bad.exit_code) == (JobState.FAILED, 3)
    assert (killed.state, killed.signal) == (JobState.FAILED, 9)
    assert cancelled.state is JobState.CANCELLED
    assert (Path(tickets[0].directory) / "stdout.log").read_text() == "one\n"
    assert (Path(tickets[1].directory) / "stderr.log").read_text() == "two\n"


@pytest.mark.timeout(400)
def test_a_task_that_is_put_back_or_held_by_hand_says_so_and_the_others_go_on(bench: Bench) -> None:
    # given: one at a time
    tickets = an_array(bench, "sleep 300", "sleep 300", "true", max_running=1)
    first, second, third = tickets
    bench.provider.confirm(tickets)
    bench.until(first, JobState.RUNNING, within_s=200)
    limited = bench.provider.poll([second])[second]

    # when
    bench.slurm("scontrol", "hold", second.shown_id)
    bench.slurm("scontrol", "requeue", first.shown_id)
    (done,) = bench.ends([third], within_s=200)

    # then
    assert isinstance(limited, Waiting)
    assert "as many jobs of its sweep run as may run" in limited.reason
    assert done.state is JobState.COMPLETED
    put_back = bench.provider.poll([first])[first]
    assert isinstance(put_back, Waiting)
    assert "put back into the queue" in put_back.reason
    assert states(bench, [second]) == ["HELD"]
    bench.provider.cancel(tickets)
    eventually(
        lambda: bench.provider.poll([first, second]),
        lambda answers: all(isinstance(one, Done) for one in answers.values()),
        within_s=120,
    )


@pytest.mark.timeout(400)
def test_an_array_whose_answer_was_lost_is_found_by_its_name(bench: Bench) -> None:
    # given: the run died before it noted the id
    tickets = an_array(bench, "true", "true", "true")
    for ticket in tickets:
        manifest = Path(ticket.directory) / "manifest.json"
        manifest.write_text(manifest.read_text().replace(f'"{ticket.remote_id}"', '""'))

    # when
    again = an_array(bench, "true", "true", "true")
    bench.provider.confirm(again)

    # then
    assert again == tickets
    assert {one.state for one in bench.ends(again, within_s=200)} == {JobState.COMPLETED}
