"""Take a whole stack away: in order, with its jobs, and nothing is left."""

import pytest

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, JobState
from cloudmesh_iac.core.journal import UpdateKind, UpdateResult
from cloudmesh_iac.core.outcomes import Left
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.destroying import destroy, plan_destroy
from cloudmesh_iac.errors import PlanBroken
from tests.builders import STACK
from tests.lifecycle.script import GROUP, Out, Thing, a_job
from tests.lifecycle.test_crashes import DeafRemote
from tests.lifecycle.world import SIM, FaultyStore, World, a_program, names

PROGRAM = a_program(
    Thing("lab", type_=GROUP, custom=False),
    Thing("a", parent="lab"),
    Thing("b", {"to": Out("a")}),
    a_job("pi", needs=("b",)),
)


def test_a_stack_is_empty_after_a_destroy_and_the_site_has_nothing_left(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.did()

    # when
    outcome = world.destroy()

    # then
    assert names(outcome.removed) == ["pi", "pi", "b", "a"]
    assert world.things.did() == [("delete", "b"), ("delete", "a")]
    assert (outcome.failed, outcome.left, outcome.checked_sites) == ((), (), (SIM,))
    assert world.snapshot().records == ()
    (_, entry) = world.store.history(STACK)
    assert entry.started.kind is UpdateKind.DESTROY
    assert entry.ended is not None
    assert (entry.ended.result, entry.ended.counts) == (UpdateResult.DONE, {"delete": 4})
    world.store.remove_stack(STACK)
    assert world.store.stacks() == ()


def test_a_destroy_cancels_the_jobs_that_run(world: World) -> None:
    # given
    world.clock.frozen = True
    world.up(PROGRAM, patience_s=0)

    # when
    outcome = world.destroy()

    # then
    assert [job.state for job in world.scheduler.jobs] == [JobState.CANCELLED]
    assert outcome.left == ()
    assert world.snapshot().records == ()
    assert world.snapshot().intents == ()


def test_a_create_whose_end_nobody_saw_is_named(world: World) -> None:
    # given
    world.things.searches["a"] = Search.NONE
    world.things.faults[("create", "a")] = Failure("no answer", is_certain=False)
    world.up(a_program(Thing("a")))

    # when
    outcome = world.destroy()

    # then
    (left,) = outcome.left
    assert left.site == ""
    assert "::a: its creation began, and nobody saw the end of it" in left.what
    assert len(world.snapshot().intents) == 1


def test_what_the_site_has_and_our_state_does_not_know_is_named(world: World) -> None:
    # given
    world.clock.frozen = True
    world.scheduler.durations_s["stray"] = 10_000
    world.up(a_program(a_job("stray")), patience_s=0)
    world.store = FaultyStore(world.clock)  # the same program, on another computer
    world.up(a_program(a_job("pi")), patience_s=0)

    # when
    outcome = world.destroy()

    # then
    assert outcome.left == (Left(SIM, "stray (sim-1, RUNNING)"),)


def test_a_site_that_does_not_answer_is_not_called_empty(world: World) -> None:
    # given
    world.up(a_program(a_job("pi")))
    world.remote = DeafRemote(world.jobs)

    # when
    outcome = world.destroy()

    # then
    assert outcome.checked_sites == ()
    assert Noticed("sim: sim does not answer") in world.events.told


def test_a_destroy_that_fails_in_the_middle_is_finished_by_the_next(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.faults[("delete", "b")] = Failure("it is in use")

    # when
    outcome = world.destroy()
    there = world.there()
    world.things.faults.clear()
    again = world.destroy()

    # then
    assert names(one.urn for one in outcome.failed) == ["b"]
    assert {name_of(one.urn): name_of(one.because) for one in outcome.skipped} == {
        "a": "b",
        "lab": "b",
        "lab-hello": "b",
    }
    assert there == ["a", "b", "lab"]
    assert not again.failed
    assert world.snapshot().records == ()


def test_what_is_to_be_retained_is_forgotten_by_a_destroy(world: World) -> None:
    # given
    world.up(a_program(Thing("a", options=Options(retain_on_delete=True))))

    # when
    world.destroy()

    # then
    assert list(world.things.made) == ["a#1"]
    assert world.snapshot().records == ()


def test_a_destroy_of_a_stack_that_moved_on_does_nothing(world: World) -> None:
    # given
    world.up(a_program(Thing("a")))
    plan = plan_destroy(STACK, world.parts)
    world.up(a_program(Thing("a"), Thing("b")))

    # when
    with pytest.raises(PlanBroken):
        destroy(plan, world.parts)

    # then
    assert world.there() == ["a", "b"]


def test_both_objects_of_a_replacement_that_broke_off_are_destroyed(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"image": 1}), Thing("b", {"to": Out("a")})))
    world.things.faults[("update", "b")] = Failure("no")
    world.up(a_program(Thing("a", {"image": 2}), Thing("b", {"to": Out("a")})))
    world.things.faults.clear()

    # when
    outcome = world.destroy()

    # then
    assert not outcome.failed
    assert world.things.made == {}
    assert world.snapshot().records == ()
