"""See how the jobs of a stack stand, without the program and without a run."""

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.urns import name_of
from tests.builders import STACK, a_holder, a_start, an_end
from tests.lifecycle.script import Thing, a_job
from tests.lifecycle.test_crashes import CrashingRemote
from tests.lifecycle.world import World, a_program

PROGRAM = a_program(a_job("one"), a_job("two"), Thing("a"))


def states(world: World) -> dict[str, JobState]:
    return {name_of(job.urn): job.state for job in world.status()}


def let_go(world: World) -> None:
    world.scheduler.durations_s = {"one": 10, "two": 10_000}
    world.clock.frozen = True
    world.up(PROGRAM, patience_s=0)


def test_a_stack_without_jobs_has_nothing_to_see(world: World) -> None:
    world.up(a_program(Thing("a")))
    assert world.status() == ()


def test_jobs_are_shown_as_their_site_has_them(world: World) -> None:
    let_go(world)
    assert states(world) == {"one": JobState.RUNNING, "two": JobState.RUNNING}


def test_what_has_ended_is_recorded_and_the_program_is_not_asked(world: World) -> None:
    # given
    let_go(world)
    world.clock.advance(seconds=60)
    evaluations = len(PROGRAM.evaluations)

    # when
    seen = world.status()

    # then
    assert [(name_of(job.urn), job.state) for job in seen] == [
        ("one", JobState.COMPLETED),
        ("two", JobState.RUNNING),
    ]
    assert seen[0].exit_code == 0
    assert None not in {seen[0].started_at, seen[0].ended_at}
    assert len(PROGRAM.evaluations) == evaluations
    assert len(world.snapshot().open_waits()) == 1
    assert world.store.history(STACK)[-1].started.kind is UpdateKind.STATUS


def test_a_status_that_learns_nothing_writes_nothing(world: World) -> None:
    # given
    let_go(world)
    serial = world.snapshot().serial

    # when
    world.status()

    # then
    assert world.snapshot().serial == serial
    assert len(world.store.history(STACK)) == 1


def test_a_recorded_end_is_no_work_for_the_next_run(world: World) -> None:
    # given
    let_go(world)
    world.clock.advance(seconds=20_000)
    world.status()

    # when
    plan = world.preview(PROGRAM)

    # then
    assert not plan.has_work
    assert states(world) == {"one": JobState.COMPLETED, "two": JobState.COMPLETED}


def test_while_another_run_writes_it_is_shown_and_not_recorded(world: World) -> None:
    # given
    let_go(world)
    world.clock.advance(seconds=60)
    writing = world.store.write(world.snapshot(), a_start(), a_holder(host="other"))

    # when
    seen = states(world)
    writing.close(an_end())

    # then
    assert seen == {"one": JobState.COMPLETED, "two": JobState.RUNNING}
    assert len(world.snapshot().open_waits()) == 2
    assert Noticed("another run is writing this stack: shown, not recorded") in world.events.told


def test_a_site_that_does_not_answer_is_said_and_nothing_is_guessed(world: World) -> None:
    # given
    let_go(world)
    world.scheduler.be_silent(polls=1)

    # when
    seen = world.status()

    # then
    assert {job.state for job in seen} == {JobState.UNKNOWN}
    assert {job.reason for job in seen} == {"site sim does not answer"}


def test_an_end_whose_files_cannot_be_fetched_is_shown_and_kept_open(world: World) -> None:
    # given
    let_go(world)
    world.clock.advance(seconds=60)
    remote = CrashingRemote(world.jobs)
    remote.at = "no answer"
    world.remote = remote

    # when
    seen = states(world)

    # then
    assert seen["one"] is JobState.COMPLETED
    assert len(world.snapshot().open_waits()) == 2


def test_a_failed_job_shows_how_it_ended(world: World) -> None:
    # given
    world.scheduler.exit_codes["one"] = 3
    world.up(PROGRAM)

    # when
    seen = {name_of(job.urn): job for job in world.status()}

    # then
    assert (seen["one"].state, seen["one"].exit_code) == (JobState.FAILED, 3)
    assert seen["one"].remote_id == world.job_id("one")
