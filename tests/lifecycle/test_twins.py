"""What a run has made that had lost its lock, beside what the next one made: it has to go."""

from collections.abc import Sequence

import pytest

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, JobState, LiveJob, SiteName
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.errors import StackLocked, StoreUnusable
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.simulated.scheduler import SimulatedJob
from tests.lifecycle.script import Out, ScriptedProgram, Thing, a_job
from tests.lifecycle.world import World, a_program

PROGRAM = a_program(Thing("a", {"n": 1}), Thing("b", {"at": Out("a")}))


def begin_and_die(world: World, program: ScriptedProgram = PROGRAM) -> None:
    """Begin the create of `a`, and end before the provider has got the question."""
    world.things.faults[("create", "a")] = Failure("no answer", is_certain=False)
    world.up(program)
    world.things.faults.clear()
    world.things.did()
    world.events.told.clear()


def arrive_late(world: World, *, at: tuple[str, str]) -> None:
    """Let the provider get the question of the dead run just before it is asked something else."""

    def make(call: str, name: str) -> None:
        if (call, name) == at and "a#late" not in world.things.made:
            world.things.made["a#late"] = {"n": 1}

    world.things.before = make


def noticed(world: World) -> list[str]:
    return [event.text for event in world.events.told if isinstance(event, Noticed)]


def test_a_twin_that_came_late_is_named_and_deleted(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))

    # when
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert outcome.removed == ()
    assert list(world.things.made) == ["a#1", "b#2"]
    assert noticed(world) == [
        "a: it was made twice, as a#1 and as a#late: a run went on that had lost its lock; a#late"
        " is deleted"
    ]
    assert world.there() == ["a", "b"]
    assert world.snapshot().intents == ()


def test_the_one_that_stays_is_known_by_its_number_afterwards(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))
    world.up(PROGRAM)
    changed = a_program(Thing("a", {"n": 2}), Thing("b", {"at": Out("a")}))

    # when
    plan = world.preview(PROGRAM)
    world.things.did()
    world.up(changed)

    # then
    assert not plan.has_work
    assert world.things.did() == [("update", "a")]
    assert world.record("a").id == "a#1"
    assert not world.record("a").doomed


def test_a_twin_that_cannot_be_deleted_now_is_deleted_by_the_next_run(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))
    world.things.faults[("delete", "a")] = Failure("not now")

    # when
    first = world.up(PROGRAM)
    world.things.faults.clear()
    plan = world.preview(PROGRAM)
    second = world.up(PROGRAM)

    # then
    assert [one.message for one in first.failed] == ["not now"]
    assert [change.action for change in plan.changes if change.action.is_change] == [Action.DELETE]
    assert not second.failed
    assert list(world.things.made) == ["a#1", "b#2"]
    assert world.record("a").id == "a#1"


@pytest.mark.parametrize("search", [Search.KEY, Search.EQUAL])
def test_what_only_could_be_a_twin_is_named_and_left(world: World, search: Search) -> None:
    # given
    world.things.searches["a"] = search
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))

    # when
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert "a#late" in world.things.made
    assert noticed(world) == [
        "a: it was made again as a#1, and a#late may have been made for it too: look yourself,"
        " nothing is deleted"
    ]
    assert world.there() == ["a", "b"]


def test_where_nobody_answers_that_is_said_and_nothing_goes(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))
    inner = world.things.before

    def fall_silent(call: str, name: str) -> None:
        inner(call, name)
        if call == "create":
            world.things.faults[("find", "a")] = Failure("it does not answer")

    world.things.before = fall_silent

    # when
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert "a#late" in world.things.made
    assert noticed(world) == [
        "a: it was made again, and nobody could see whether that was once too often (it does not"
        " answer)"
    ]


def test_a_twin_that_is_gone_when_it_is_looked_at_is_none(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))
    inner = world.things.before

    def vanish(call: str, name: str) -> None:
        inner(call, name)
        if call == "read":
            world.things.made.pop("a#late", None)

    world.things.before = vanish

    # when
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert noticed(world) == []
    assert world.things.did("delete") == []


def test_a_twin_that_nobody_can_look_at_is_left_and_that_is_said(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))
    world.things.faults[("read", "a")] = Failure("it does not answer")

    # when
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert "a#late" in world.things.made
    (said,) = noticed(world)
    assert "once too often (it does not answer)" in said


def come_later(world: World, id_: str = "a#late") -> None:
    """Let the create of the dead run be done after the run that has made the thing again."""
    begin_and_die(world)
    world.up(PROGRAM)
    world.things.made[id_] = {"n": 1}


def test_a_twin_that_came_after_the_run_is_found_by_a_later_one(world: World) -> None:
    # given
    come_later(world)
    early = world.preview(PROGRAM)
    world.clock.advance(seconds=301)

    # when
    plan = world.preview(PROGRAM)
    outcome = world.up(PROGRAM, plan=plan)
    again = world.preview(PROGRAM)

    # then
    assert not early.has_work, "it may still be on its way"
    assert plan.has_work
    assert not plan.has_changes, "nobody is asked"
    assert not outcome.failed
    assert list(world.things.made) == ["a#1", "b#2"]
    assert not again.has_work, "it was looked for once more, and that is all"
    assert world.record("a").made_again is None


def test_a_run_before_that_looks_too_and_stays_watchful(world: World) -> None:
    # given
    come_later(world)
    changed = a_program(Thing("a", {"n": 2}), Thing("b", {"at": Out("a")}))

    # when
    world.up(changed)

    # then
    assert list(world.things.made) == ["a#1", "b#2"]
    assert world.record("a").made_again is not None


def test_a_run_that_fails_leaves_the_look_to_the_next_one(world: World) -> None:
    # given
    begin_and_die(world)
    arrive_late(world, at=("create", "b"))
    world.store.fails_at = 4  # when `a` is made again and recorded
    with pytest.raises(StoreUnusable):
        world.up(PROGRAM)
    world.store.fails_at = 0

    # when
    world.up(PROGRAM)

    # then
    assert sorted(one.partition("#")[0] for one in world.things.made) == ["a", "b"]
    assert world.there() == ["a", "b"]


def test_who_cannot_be_asked_now_is_asked_by_the_next_run(world: World) -> None:
    # given
    come_later(world)
    world.clock.advance(seconds=301)
    world.things.faults[("find", "a")] = Failure("it does not answer")
    world.up(PROGRAM)
    world.things.faults.clear()

    # when
    plan = world.preview(PROGRAM)
    world.up(PROGRAM, plan=plan)

    # then
    assert plan.has_work
    assert list(world.things.made) == ["a#1", "b#2"]


def test_a_destroy_takes_a_twin_away_too(world: World) -> None:
    # given
    come_later(world)

    # when
    outcome = world.destroy()

    # then
    assert not outcome.failed
    assert world.things.made == {}
    assert world.there() == []


def test_the_twin_of_what_was_replaced_since_is_found(world: World) -> None:
    # given
    begin_and_die(world, a_program(Thing("a", {"image": 1})))
    world.up(a_program(Thing("a", {"image": 1})))
    world.things.made["a#late"] = {"image": 1}

    # when
    world.up(a_program(Thing("a", {"image": 2})))

    # then
    assert [inputs["image"] for inputs in world.things.made.values()] == [2]


def test_a_create_that_was_repeated_alone_has_no_twin(world: World) -> None:
    # given
    begin_and_die(world)

    # when
    world.up(PROGRAM)

    # then
    assert noticed(world) == []
    assert list(world.things.made) == ["a#1", "b#2"]


def test_nothing_is_looked_for_when_nothing_was_repeated(world: World) -> None:
    # when
    world.up(PROGRAM)

    # then
    assert world.things.did("find") == []


# --- jobs -----------------------------------------------------------------------------------------

JOB = a_program(a_job("one"), a_job("two"), Thing("after", needs=("+one", "+two")))


def begin_jobs_and_die(world: World) -> None:
    """Write down that jobs are started, and end before the site hears of them."""
    world.store.lost_after = 2  # the stack comes first, then what is going to be started
    with pytest.raises(StackLocked):
        world.up(JOB)
    world.store.lost_after = 0
    world.store.free()
    assert len(world.snapshot().intents) == 2
    assert world.scheduler.jobs == []


def submit_late(world: World) -> None:
    """Let the submission of the dead run come to the site when the next run has made its own."""

    def submit(call: str, name: str) -> None:
        if (call, name) == ("create", "after"):
            first = world.scheduler.jobs[0]
            world.scheduler.jobs.append(SimulatedJob(3, first.start, lasts_s=60))

    world.things.before = submit


def states(world: World) -> dict[str, JobState]:
    return {job.remote_id: job.state for job in world.scheduler.jobs}


def test_a_job_that_was_submitted_late_is_named_and_cancelled(world: World) -> None:
    # given
    begin_jobs_and_die(world)
    submit_late(world)

    # when
    outcome = world.up(JOB)

    # then
    assert not outcome.failed
    assert states(world) == {
        "sim-1": JobState.COMPLETED,
        "sim-2": JobState.COMPLETED,
        "sim-3": JobState.CANCELLED,
    }
    late = world.scheduler.jobs[-1].start.request.point
    assert noticed(world) == [
        f"{late}: job sim-3 was started by a run that had lost its lock; it is cancelled"
    ]


class DeafRemote(JobRemote):
    """A site that does not say what it has, or takes no cancel."""

    says_what_lives = False

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        return super().live(site, stack) if self.says_what_lives else Failure("sim is silent")

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        return Failure("sim does not cancel", is_certain=False)


@pytest.mark.parametrize(
    ("says_what_lives", "words"),
    [(False, "nobody could see what was started twice"), (True, "could not be cancelled")],
)
def test_a_site_that_does_not_help_leaves_a_late_job_where_it_is(
    world: World, *, says_what_lives: bool, words: str
) -> None:
    # given
    begin_jobs_and_die(world)
    submit_late(world)
    deaf = DeafRemote(world.jobs)
    deaf.says_what_lives = says_what_lives
    world.remote = deaf

    # when
    outcome = world.up(JOB)

    # then
    assert not outcome.failed
    assert states(world)["sim-3"] is JobState.HELD
    (said,) = noticed(world)
    assert words in said


def test_jobs_that_were_not_submitted_late_are_left_alone(world: World) -> None:
    # given
    begin_jobs_and_die(world)

    # when
    world.up(JOB)

    # then
    assert set(states(world).values()) == {JobState.COMPLETED}
    assert world.asked("cancel") == []
    assert noticed(world) == []
