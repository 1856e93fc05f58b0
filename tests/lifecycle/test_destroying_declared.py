"""Taking a stack away while its program runs: what it says now counts, nothing is made."""

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import ExperimentError, PlanBroken, ProgramFailed
from tests.lifecycle.script import GROUP, Error, Out, Thing
from tests.lifecycle.world import World, a_program, names

PROGRAM = a_program(
    Thing("lab", type_=GROUP, custom=False),
    Thing("head", {"size": 1}, parent="lab"),
    Thing("tail", {"to": Out("head")}),
)


def test_everything_goes_and_nothing_is_made(world: World) -> None:
    # given
    world.up(PROGRAM)
    now = a_program(
        *PROGRAM.script, Thing("new"), Thing("room", type_=GROUP, custom=False, needs=("new",))
    )
    world.things.did()

    # when
    plan = world.plan_destroy_declared(now)
    outcome = world.destroy_declared(now, plan)

    # then
    steps = {name_of(one.urn): [step.op for step in one.steps] for one in plan.changes}
    assert steps["head"] == [Op.SAME, Op.DELETE]
    assert world.things.did() == [("delete", "tail"), ("delete", "head")]
    assert names(outcome.removed) == ["tail", "head"]
    assert world.snapshot().records == ()


def test_what_the_program_says_now_counts(world: World) -> None:
    # given
    world.up(a_program(Thing("head", options=Options(protect=True)), Thing("tail")))
    now = a_program(Thing("head"), Thing("tail", options=Options(retain_on_delete=True)))
    world.things.did()

    # when
    world.destroy_declared(now)

    # then
    assert world.things.did() == [("delete", "head")]
    assert world.snapshot().records == ()


def test_what_is_protected_now_refuses_it_all(world: World) -> None:
    # given
    world.up(PROGRAM)

    # when
    with pytest.raises(ExperimentError) as refused:
        world.plan_destroy_declared(a_program(Thing("tail", options=Options(protect=True))))

    # then
    assert "it is protected and would be deleted" in str(refused.value)


def test_what_is_gone_from_the_program_goes_too_in_the_order_of_before(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.did()

    # when
    world.destroy_declared(a_program(Thing("tail")))

    # then
    assert world.things.did() == [("delete", "tail"), ("delete", "head")]


def test_a_new_name_goes_under_the_new_name(world: World) -> None:
    # given
    world.up(a_program(Thing("head")))

    # when
    outcome = world.destroy_declared(
        a_program(Thing("first", options=Options(aliases=(Alias(name="head"),))))
    )

    # then
    assert names(outcome.removed) == ["first"]
    assert world.snapshot().records == ()


def test_a_program_that_fails_deletes_nothing(world: World) -> None:
    # given
    world.up(PROGRAM)
    plan = world.plan_destroy_declared(PROGRAM)
    broken = a_program(*PROGRAM.script, Error(after=("head",)))

    # when
    with pytest.raises(ProgramFailed):
        world.plan_destroy_declared(broken)
    with pytest.raises(ProgramFailed):
        world.destroy_declared(broken, plan)

    # then
    assert world.there() == ["head", "lab", "tail"]


def test_a_reading_that_fails_deletes_nothing(world: World) -> None:
    # given
    world.things.made["i-1"] = {"size": 7}
    program = a_program(Thing("net", read_id="i-1"), Thing("head"))
    world.up(program)
    plan = world.plan_destroy_declared(program)
    world.things.faults["read", "net"] = Failure("no answer")

    # when
    outcome = world.destroy_declared(program, plan)

    # then
    assert names(one.urn for one in outcome.failed) == ["net"]
    assert world.there() == ["head", "net"]


def test_what_the_plan_keeps_is_not_deleted(world: World) -> None:
    # given
    world.up(PROGRAM)
    kept = Thing("tail", {"to": Out("head")}, options=Options(retain_on_delete=True))
    plan = world.plan_destroy_declared(a_program(*PROGRAM.script[:2], kept))
    assert Action.FORGET in {change.action for change in plan.changes}

    # when
    with pytest.raises(PlanBroken):
        world.destroy_declared(PROGRAM, plan)

    # then
    assert world.there() == ["head", "lab", "tail"]
