"""A plan says which jobs it cancels before they have ended."""

from collections.abc import Mapping

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.urns import JOB_START_TYPE, name_of
from cloudmesh_iac.engine.destroying import plan_destroy
from tests.builders import STACK
from tests.lifecycle.script import a_job
from tests.lifecycle.world import World, a_program

BOTH = a_program(a_job("one"), a_job("two"))
OTHER = a_program(a_job("one", "echo other"))


def said(plan: Plan) -> Mapping[str, tuple[Action, tuple[str, ...]]]:
    return {
        name_of(one.urn): (one.action, one.losses)
        for one in plan.changes
        if one.type == JOB_START_TYPE
    }


def leave_running(world: World) -> None:
    world.clock.frozen = True
    world.up(BOTH, patience_s=0)


def test_what_is_replaced_or_dropped_while_it_runs_is_said_to_be_cancelled(world: World) -> None:
    # given
    leave_running(world)

    # when
    plan = world.preview(OTHER)

    # then
    assert said(plan) == {
        "one": (Action.REPLACE, ("job sim-1 has not ended yet: it is cancelled",)),
        "two": (Action.DELETE, ("job sim-2 has not ended yet: it is cancelled",)),
    }


def test_a_destroy_says_it_too(world: World) -> None:
    # given
    leave_running(world)

    # then
    losses = [losses for _, losses in said(plan_destroy(STACK, world.parts)).values()]
    assert sorted(losses) == [
        ("job sim-1 has not ended yet: it is cancelled",),
        ("job sim-2 has not ended yet: it is cancelled",),
    ]


def test_of_a_job_that_has_ended_nothing_is_lost(world: World) -> None:
    # given
    world.up(BOTH)

    # then
    assert {losses for _, losses in said(world.preview(OTHER)).values()} == {()}


def test_a_job_that_stays_is_not_cancelled(world: World) -> None:
    # given
    leave_running(world)

    # then
    assert {losses for _, losses in said(world.preview(BOTH)).values()} == {()}


def limited(world: World) -> Change:
    """Return what becomes of a job whose queue is another one now."""
    changes = world.preview(a_program(a_job("one", queue="long"))).changes
    [change] = [one for one in changes if one.type == JOB_START_TYPE]
    return change


def test_other_limits_interrupt_a_job_only_until_it_has_ended(world: World) -> None:
    # given
    one = a_program(a_job("one", queue="short"))
    world.clock.frozen = True
    world.up(one, patience_s=0)

    # then
    assert (limited(world).action, limited(world).interrupts) == (Action.UPDATE, True)

    # when
    world.clock.frozen = False
    world.up(one)

    # then
    assert (limited(world).action, limited(world).interrupts) == (Action.UPDATE, False)


def test_a_job_that_is_submitted_anew_while_it_runs_is_interrupted(world: World) -> None:
    # given
    leave_running(world)

    # then
    interrupted = {
        name_of(one.urn): one.interrupts
        for one in world.preview(OTHER).changes
        if one.type == JOB_START_TYPE
    }
    assert interrupted == {"one": True, "two": False}
