"""Every scheduler keeps these promises, the simulated one as well as the real ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, JobState, Start, Ticket, Waiting
from cloudmesh_iac.engine.abilities import RunsJobs
from cloudmesh_iac.errors import SiteRefused
from tests.contract.jobs import (
    FOR_EVER,
    PROJECT,
    SITES,
    STACK,
    JobSite,
    LocalJobSite,
    SimulatedJobSite,
    Work,
    local_job_site,
    simulated_job_site,
)


@pytest.fixture
def simulated_site(tmp_path: Path) -> SimulatedJobSite:
    return simulated_job_site(tmp_path, slots=2)


@pytest.fixture
def local_site(tmp_path: Path) -> Iterator[LocalJobSite]:
    with local_job_site(tmp_path) as site:
        yield site


@pytest.fixture(params=SITES)
def site(request: pytest.FixtureRequest) -> JobSite:
    found: JobSite = request.getfixturevalue(f"{request.param}_site")
    return found


def test_a_scheduler_has_the_ability(site: JobSite) -> None:
    assert isinstance(site.provider, RunsJobs)


def test_each_start_gets_its_ticket_in_order(site: JobSite) -> None:
    # given
    starts = [site.a_start(site.a_request(f"pi/n={n}", base=f"b{n}")) for n in range(3)]

    # when
    answers = site.provider.start(starts)

    # then
    tickets = [answer for answer in answers if isinstance(answer, Ticket)]
    assert [ticket.token for ticket in tickets] == [start.token for start in starts]
    assert len({(ticket.remote_id, ticket.index) for ticket in tickets}) == 3
    site.provider.cancel(tickets)


def test_the_same_token_twice_starts_once(site: JobSite) -> None:
    # given
    start = site.a_start(site.a_request(work=FOR_EVER))

    # when
    first = site.provider.start([start])
    second = site.provider.start([start])

    # then
    assert first == second
    assert len(site.provider.live_jobs(PROJECT, STACK)) == 1
    site.provider.cancel([each for each in first if isinstance(each, Ticket)])


def test_the_same_token_after_the_end_starts_nothing(site: JobSite) -> None:
    # given
    start = site.a_start()
    first = site.provider.start([start])
    tickets = [each for each in first if isinstance(each, Ticket)]
    site.provider.confirm(tickets)
    site.end_of(tickets[0])

    # when
    second = site.provider.start([start])

    # then
    assert first == second
    assert site.provider.live_jobs(PROJECT, STACK) == []


def test_an_unconfirmed_job_does_not_run(site: JobSite) -> None:
    # given
    [held] = site.start_held(site.a_request("held"))

    # when
    [other] = site.start(site.a_request("other"))
    site.end_of(other)

    # then
    answer = site.ask(held)
    assert isinstance(answer, Waiting)
    assert answer.state is JobState.HELD
    site.provider.cancel([held])


def test_confirming_twice_is_harmless(site: JobSite) -> None:
    # given
    [ticket] = site.start(site.a_request())

    # when
    site.provider.confirm([ticket])
    done = site.end_of(ticket)
    site.provider.confirm([ticket])

    # then
    assert done.state is JobState.COMPLETED
    assert site.ask(ticket) == done


def test_a_job_that_ends_well_is_completed_and_has_its_times(site: JobSite) -> None:
    # given
    [ticket] = site.start(site.a_request())

    # when
    done = site.end_of(ticket)

    # then
    assert (done.state, done.exit_code, done.signal) == (JobState.COMPLETED, 0, 0)
    assert done.started_at is not None
    assert done.ended_at is not None
    assert done.started_at <= done.ended_at
    assert done.hosts


def test_a_job_that_ends_badly_is_failed_and_has_its_exit_code(site: JobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=Work(exit_code=3)))

    # when
    done = site.end_of(ticket)

    # then
    assert (done.state, done.exit_code) == (JobState.FAILED, 3)


def test_a_command_arrives_unchanged(site: JobSite, tmp_path: Path) -> None:
    # given
    command = """v='a "b" $c'; printf '%s|' "$v" "\\$d" `echo e`\nprintf '%s' 'f;\ng'; exit 0"""
    [ticket] = site.start(site.a_request(work=Work(command=command)))

    # when
    site.end_of(ticket)

    # then
    site.provider.fetch(ticket, ["command.sh"], tmp_path / "got")
    assert (tmp_path / "got" / "command.sh").read_text() == command
    if site.runs_commands:
        assert site.provider.log_path(ticket).read_text() == 'a "b" $c|$d|e|f;\ng'


def test_what_a_job_prints_is_in_its_log(site: JobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=Work(prints="3.14159\n")))

    # when
    site.end_of(ticket)

    # then
    assert site.provider.log_path(ticket).read_text() == "3.14159\n"


def test_named_files_are_fetched_and_missing_ones_are_not_named(
    site: JobSite, tmp_path: Path
) -> None:
    # given
    work = Work(writes={"pi.json": "{}", "out/a.csv": "1", "out/b.csv": "2", "out/c.txt": "3"})
    [ticket] = site.start(site.a_request(work=work))
    site.end_of(ticket)

    # when
    fetched = site.provider.fetch(ticket, ["pi.json", "out/*.csv", "nothing"], tmp_path / "got")

    # then
    assert list(fetched) == ["pi.json", "out/a.csv", "out/b.csv"]
    assert (tmp_path / "got" / "out" / "b.csv").read_text() == "2"
    assert not (tmp_path / "got" / "out" / "c.txt").exists()


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/../../b", ""])
def test_nothing_outside_the_directory_is_fetched(site: JobSite, tmp_path: Path, name: str) -> None:
    # given
    [ticket] = site.start_held(site.a_request())

    # when, then
    with pytest.raises(SiteRefused):
        site.provider.fetch(ticket, [name], tmp_path / "got")
    site.provider.cancel([ticket])


def test_a_held_job_can_be_cancelled(site: JobSite) -> None:
    # given
    [ticket] = site.start_held(site.a_request())

    # when
    site.provider.cancel([ticket])
    site.provider.confirm([ticket])

    # then
    assert site.end_of(ticket).state is JobState.CANCELLED


def test_a_running_job_can_be_cancelled_twice_and_has_no_exit_code(site: JobSite) -> None:
    # given
    [ticket] = site.start(site.a_request(work=FOR_EVER))
    site.until(ticket, is_running)

    # when
    site.provider.cancel([ticket])
    site.provider.cancel([ticket])

    # then
    done = site.end_of(ticket)
    assert (done.state, done.exit_code) == (JobState.CANCELLED, None)
    site.provider.cancel([ticket])
    assert site.ask(ticket) == done


def test_cancelling_after_the_end_changes_nothing(site: JobSite) -> None:
    # given
    [ticket] = site.start(site.a_request())
    done = site.end_of(ticket)

    # when
    site.provider.cancel([ticket])

    # then
    assert site.ask(ticket) == done
    assert site.provider.start([site.a_start()]) == [ticket]


@pytest.mark.parametrize("exit_code", [0, 3])
def test_a_finished_result_is_found_by_a_start_with_another_token(
    site: JobSite, exit_code: int
) -> None:
    # given
    request = site.a_request(work=Work(exit_code=exit_code))
    [ticket] = site.start(request)
    done = site.end_of(ticket)

    # when
    [found] = site.start(request)

    # then
    answer = site.ask(found)
    assert isinstance(answer, Done)
    assert (answer.state, answer.exit_code) == (done.state, exit_code)
    assert (found.remote_id, found.directory) == (ticket.remote_id, ticket.directory)


def test_work_with_another_identity_runs_beside_the_old_result(site: JobSite) -> None:
    # given
    [old] = site.start(site.a_request(base="b1"))
    site.end_of(old)

    # when
    [new] = site.start(site.a_request(base="b2"))

    # then
    assert new.directory != old.directory
    assert site.end_of(new).state is JobState.COMPLETED


def test_a_result_of_a_later_run_is_found_but_the_next_run_is_started(site: JobSite) -> None:
    # given
    [first] = site.start(site.a_request(run=1))
    site.end_of(first)

    # when
    [forgetful] = site.start(site.a_request(run=0))
    [second] = site.start(site.a_request(run=2))

    # then
    assert forgetful.directory == first.directory
    assert second.directory != first.directory
    assert site.end_of(second).state is JobState.COMPLETED


def test_a_cancelled_job_is_no_result_and_runs_again(site: JobSite) -> None:
    # given
    [cancelled] = site.start_held(site.a_request())
    site.provider.cancel([cancelled])
    site.end_of(cancelled)

    # when
    [again] = site.start(site.a_request())

    # then
    assert again.remote_id != cancelled.remote_id
    assert site.end_of(again).state is JobState.COMPLETED


def test_a_job_is_stopped_at_the_end_of_its_walltime(site: JobSite) -> None:
    # given
    if site.no_timeouts:
        pytest.skip(site.no_timeouts)
    [ticket] = site.start(site.a_request(work=FOR_EVER, walltime_s=site.walltime_s))

    # when
    done = site.end_of(ticket)

    # then
    assert (done.state, done.exit_code) == (JobState.TIMEOUT, None)
    assert done.started_at is not None
    assert done.ended_at is not None
    assert (done.ended_at - done.started_at).total_seconds() >= site.walltime_s * 0.9


def test_living_jobs_are_those_of_the_stack_that_have_not_ended(site: JobSite) -> None:
    # given
    mine = site.a_start(site.a_request("mine", FOR_EVER))
    tickets = [each for each in site.provider.start([mine]) if isinstance(each, Ticket)]
    tickets += site.start_held(site.a_request("other", stack="other"))

    # when
    living = site.provider.live_jobs(PROJECT, STACK)
    site.provider.cancel(tickets)
    for ticket in tickets:
        site.end_of(ticket)

    # then
    assert [(job.token, job.remote_id) for job in living] == [(mine.token, tickets[0].remote_id)]
    assert site.provider.live_jobs(PROJECT, STACK) == []


def test_every_ticket_has_an_answer(site: JobSite) -> None:
    # given
    tickets = site.start_held(site.a_request("a"), site.a_request("b"))
    unknown = Ticket(tickets[0].site, "token-x", "nobody:99", directory="/nowhere")

    # when
    answers = site.provider.poll([*tickets, unknown])

    # then
    assert set(answers) == {*tickets, unknown}
    assert getattr(answers[unknown], "state", None) is not JobState.COMPLETED
    site.provider.cancel(tickets)


def test_no_starts_and_no_tickets_are_no_trouble(site: JobSite) -> None:
    assert list(site.provider.start([])) == []
    site.provider.confirm([])
    site.provider.cancel([])
    assert dict(site.provider.poll([])) == {}


def test_the_next_poll_is_never_at_once(site: JobSite) -> None:
    waits = [site.provider.poll_after_s(polls) for polls in range(50)]
    assert min(waits) > 0
    assert waits == sorted(waits)


def is_running(answer: object) -> bool:
    return isinstance(answer, Waiting) and answer.state is JobState.RUNNING


def test_a_repeated_start_within_one_call_starts_once(site: JobSite) -> None:
    # given
    request = site.a_request(work=FOR_EVER)

    # when
    answers = site.provider.start([Start("token-1", request), Start("token-1", request)])

    # then
    assert answers[0] == answers[1]
    assert len(site.provider.live_jobs(PROJECT, STACK)) == 1
    site.provider.cancel([each for each in answers if isinstance(each, Ticket)])
