"""The simulated site does what its seed, its clock and its faults say, and nothing else."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, Start, Ticket, Waiting
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.providers.simulated.scheduler import SimulatedJob
from cloudmesh_iac.providers.simulated.world_file import FiledScheduler
from tests.builders import NOON
from tests.contract.jobs import (
    SimulatedJobSite,
    Work,
    a_computer,
    a_site,
    simulated_job_site,
)


@pytest.fixture
def site(tmp_path: Path) -> SimulatedJobSite:
    return simulated_job_site(tmp_path, slots=2)


def test_nothing_happens_while_the_clock_stands(site: SimulatedJobSite) -> None:
    [ticket] = site.start(site.a_request(work=Work(lasts_s=60)))
    answers = [site.ask(ticket) for _ in range(3)]
    assert answers == [Waiting(JobState.RUNNING, started_at=site.clock.now())] * 3


def test_jobs_run_in_order_on_the_slots_there_are(site: SimulatedJobSite) -> None:
    # given
    began = site.clock.now()
    requests = [site.a_request(f"pi/n={n}", Work(lasts_s=60)) for n in range(3)]
    tickets = site.start(*requests)

    # when
    site.clock.advance(150)
    answers = [site.ask(ticket) for ticket in tickets]

    # then
    ends = [answer.ended_at for answer in answers if isinstance(answer, Done)]
    seconds = [(end - began).total_seconds() for end in ends if end]
    assert seconds == [60, 60, 120]


def test_durations_come_from_the_seed_and_the_identity(tmp_path: Path) -> None:
    # given
    sites = [simulated_job_site(tmp_path / name, seed=seed) for name, seed in SEEDS]

    # when
    lasting = [lasts(site) for site in sites]

    # then
    assert lasting[0] == lasting[1]
    assert lasting[0] != lasting[2]
    assert all(60 <= seconds <= 600 for seconds in lasting[0])


SEEDS = [("a", 1), ("b", 1), ("c", 2)]


def lasts(site: SimulatedJobSite) -> list[float]:
    requests = [site.a_request(f"pi/n={n}", base=f"b{n}") for n in range(3)]
    site.scheduler.durations_s.clear()
    site.start(*requests)
    return [job.lasts_s for job in site.scheduler.jobs]


def test_a_refusal_is_the_sites_own_sentence_and_starts_nothing(site: SimulatedJobSite) -> None:
    # given
    site.scheduler.refuse_next("Invalid account")
    start = site.a_start()

    # when
    [refused] = site.provider.start([start])
    [accepted] = site.provider.start([start])

    # then
    assert refused == Failure("Invalid account")
    assert isinstance(accepted, Ticket)


def test_a_lost_answer_leaves_a_job_that_the_token_finds(site: SimulatedJobSite) -> None:
    # given
    site.scheduler.lose_next_answer()
    start = site.a_start()

    # when
    [lost] = site.provider.start([start])
    [found] = site.provider.start([start])

    # then
    assert isinstance(lost, Failure)
    assert not lost.is_certain
    assert isinstance(found, Ticket)
    assert len(site.scheduler.jobs) == 1


def test_a_silent_site_says_nothing_about_any_ticket(site: SimulatedJobSite) -> None:
    # given
    [ticket] = site.start(site.a_request())
    site.scheduler.be_silent(2)

    # when
    answers = [site.ask(ticket) for _ in range(3)]

    # then
    assert [type(answer) for answer in answers] == [Failure, Failure, Done]


def test_a_lost_job_is_lost_and_starts_again(site: SimulatedJobSite) -> None:
    # given
    start = site.a_start(site.a_request(work=Work(lasts_s=60)))
    [ticket] = [each for each in site.provider.start([start]) if isinstance(each, Ticket)]
    site.provider.confirm([ticket])

    # when
    site.scheduler.lose("pi")
    done = site.ask(ticket)
    [again] = site.provider.start([start])

    # then
    assert isinstance(done, Done)
    assert done.state is JobState.LOST
    assert isinstance(again, Ticket)
    assert again.remote_id != ticket.remote_id


def test_a_job_can_be_timed_out(site: SimulatedJobSite) -> None:
    [ticket] = site.start(site.a_request(work=Work(lasts_s=60)))
    site.scheduler.time_out("pi")
    assert site.end_of(ticket).state is JobState.TIMEOUT


def test_a_job_that_needs_more_nodes_than_there_are_is_refused(tmp_path: Path) -> None:
    # given
    site = simulated_job_site(tmp_path, slots=1)
    request = site.a_request()

    # when
    [answer] = site.provider.start([site.a_start(replace(request, nodes=2))])

    # then
    assert answer == Failure("2 nodes wanted, 1 there")


def test_what_was_asked_is_written_down(site: SimulatedJobSite) -> None:
    [ticket] = site.start(site.a_request())
    site.ask(ticket)
    site.provider.cancel([ticket])
    assert site.scheduler.calls == [
        ("start", ("token-1",)),
        ("confirm", ("token-1",)),
        ("poll", ("token-1",)),
        ("cancel", ("token-1",)),
    ]


def test_two_providers_of_one_site_talk_to_the_same_world(
    site: SimulatedJobSite, tmp_path: Path
) -> None:
    # given
    [ticket] = site.start(site.a_request())

    # when
    other = SimulatedProvider(a_site("simulated", tmp_path), a_computer(tmp_path, clock=site.clock))

    # then
    assert isinstance(other.poll([ticket])[ticket], Done)
    assert other.problem() is None


def test_wrong_settings_are_named_together(tmp_path: Path) -> None:
    site = a_site("simulated", tmp_path, slots=0, speed=3)
    with pytest.raises(UsageProblem) as refused:
        SimulatedProvider(site, a_computer(tmp_path))
    assert "slots" in refused.value.message
    assert "speed" in refused.value.message
    assert refused.value.place == "sites.yaml"


def test_durations_out_of_order_are_refused(tmp_path: Path) -> None:
    site = a_site("simulated", tmp_path, shortest_s=9, longest_s=1)
    with pytest.raises(UsageProblem, match="shortest_s is longer"):
        SimulatedProvider(site, a_computer(tmp_path))


def test_a_world_in_a_file_is_the_same_for_every_process(tmp_path: Path) -> None:
    # given
    path = tmp_path / "world.json"
    request = simulated_job_site(tmp_path).a_request()
    ours, theirs = (FiledScheduler(path=path, shortest_s=10, longest_s=10) for _ in range(2))

    # when
    with ours.at(NOON):
        submitted = ours.submit(Start("5eed", request))
    with theirs.at(NOON):
        found = theirs.find(Start("5eed", request))

    # then
    assert isinstance(submitted, SimulatedJob)
    assert found == submitted
    assert found is not submitted


def test_a_change_that_breaks_off_leaves_the_world_as_it_was(tmp_path: Path) -> None:
    # given
    world = FiledScheduler(path=tmp_path / "world.json")
    start = Start("5eed", simulated_job_site(tmp_path).a_request())

    # when
    with pytest.raises(AttributeError), world.at(NOON):
        world.submit([world.submit(start)])  # type: ignore[arg-type]  # a bug

    # then
    with world.at(NOON):
        assert world.jobs == []


def test_the_time_of_a_world_in_a_file_never_goes_back(tmp_path: Path) -> None:
    # given
    world = FiledScheduler(path=tmp_path / "world.json", shortest_s=0, longest_s=0)
    with world.at(NOON):
        job = world.submit(Start("5eed", simulated_job_site(tmp_path).a_request()))
        assert isinstance(job, SimulatedJob)
        job.state = JobState.QUEUED

    # when
    with world.at(NOON - timedelta(days=1)):
        pass

    # then
    assert [one.state for one in world.jobs] == [JobState.COMPLETED]
