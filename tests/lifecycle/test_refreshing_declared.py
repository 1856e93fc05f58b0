"""Looking at what is recorded while the program runs: what it says now counts, nothing is made."""

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import ExperimentError, ProgramFailed
from tests.builders import STACK
from tests.lifecycle.script import GROUP, Error, Out, ScriptedProgram, Thing, Written
from tests.lifecycle.world import World, a_program, names

PROGRAM = a_program(
    Thing("lab", type_=GROUP, custom=False),
    Thing("head", {"size": 1}, parent="lab"),
    Thing("tail", {"to": Out("head")}),
)


def test_what_has_changed_is_recorded_with_the_options_of_now(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.made["head#1"] = {"size": 5}
    now = a_program(
        Thing("lab", type_=GROUP, custom=False),
        Thing("head", {"size": 2}, parent="lab", options=Options(protect=True)),
        Thing("tail", {"to": Out("head")}),
    )
    world.things.did()

    # when
    plan = world.plan_refresh_declared(now)
    outcome = world.refresh_declared(now, plan)

    # then
    (change,) = [change for change in plan.changes if change.action.is_change]
    assert [(one.key, one.old, one.new) for one in change.reasons] == [("size", 1, 5)]
    assert names(one.urn for one in outcome.carried) == ["head"]
    head = world.record("head")
    assert (head.inputs, head.outputs["size"], head.protect) == ({"size": 5}, 5, True)
    assert world.things.did() == []
    assert world.store.history(STACK)[-1].started.kind is UpdateKind.REFRESH


def test_what_is_declared_and_not_there_is_not_made(world: World) -> None:
    # given
    world.up(a_program(Thing("head")))
    now = a_program(
        Thing("head"),
        Thing("new"),
        Thing("of_new", {"to": Out("new")}),
        Thing("room", type_=GROUP, custom=False, needs=("new",)),
        Thing("other", type_=GROUP, custom=False),
    )
    world.things.did()

    # when
    world.refresh_declared(now)

    # then
    assert world.things.did() == []
    assert world.there() == ["head", "other"]


def test_what_is_gone_is_forgotten_also_when_it_is_declared(world: World) -> None:
    # given
    world.up(PROGRAM)
    del world.things.made["head#1"]

    # when
    plan = world.plan_refresh_declared(PROGRAM)
    world.refresh_declared(PROGRAM, plan)

    # then
    assert [one.action for one in plan.changes if one.action.is_change] == [Action.FORGET]
    assert world.there() == ["lab", "tail"]
    assert world.record("tail").dependencies == ()


def test_what_is_not_declared_is_looked_at_and_stays(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.made["tail#2"] = {"to": "elsewhere"}

    # when
    world.refresh_declared(a_program(Thing("lab", type_=GROUP, custom=False)))

    # then
    assert world.there() == ["head", "lab", "tail"]
    assert world.record("tail").outputs["to"] == "elsewhere"


def test_a_new_name_is_taken_over_and_others_follow(world: World) -> None:
    # given
    world.up(a_program(Thing("head"), Thing("tail", needs=("head",))))
    options = Options(aliases=(Alias(name="head"),))

    # when
    world.refresh_declared(a_program(Thing("first", options=options)))

    # then
    assert world.there() == ["first", "tail"]
    assert names(world.record("tail").dependencies) == ["first"]


def test_outputs_that_are_not_known_stay_as_they_were(world: World) -> None:
    # given
    outputs: dict[str, Written] = {"at": Out("head"), "size": 1}
    world.up(ScriptedProgram(*PROGRAM.script, outputs=outputs))
    del world.things.made["head#1"]

    # when
    world.refresh_declared(ScriptedProgram(*PROGRAM.script, outputs={**outputs, "size": 2}))

    # then
    (stack,) = [one for one in world.snapshot().records if one.is_stack]
    assert stack.outputs == {"at": "10.0.0.1", "size": 2}


def test_a_program_that_fails_shows_no_plan(world: World) -> None:
    world.up(PROGRAM)
    with pytest.raises(ProgramFailed):
        world.plan_refresh_declared(a_program(*PROGRAM.script, Error(after=("head",))))


def test_a_program_that_fails_in_the_run_leaves_what_it_had_looked_at(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.made |= {"head#1": {"size": 5}, "tail#2": {"to": "elsewhere"}}
    plan = world.plan_refresh_declared(PROGRAM)

    # when
    with pytest.raises(ProgramFailed):
        world.refresh_declared(a_program(*PROGRAM.script[:2], Error(after=("head",))), plan)

    # then
    assert world.record("head").outputs["size"] == 5
    assert world.record("tail").outputs["to"] == "10.0.0.1"


def test_a_plan_names_what_could_not_be_looked_at_with_its_line(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.faults["read", "head"] = Failure("no answer")

    # when
    with pytest.raises(ExperimentError) as refused:
        world.plan_refresh_declared(PROGRAM)

    # then
    assert str(refused.value) == "head (stacks/hello.py:11): no answer"


def test_what_does_not_answer_in_the_run_stays_and_is_named(world: World) -> None:
    # given
    world.up(PROGRAM)
    plan = world.plan_refresh_declared(PROGRAM)
    world.things.faults["read", "head"] = Failure("no answer")
    before = world.record("head")

    # when
    outcome = world.refresh_declared(PROGRAM, plan)

    # then
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [("head", "no answer")]
    assert world.record("head") == before


def test_what_made_room_is_not_looked_for(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1})))
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)
    world.up(a_program(Thing("head", {"disk": 2})))
    world.things.did()

    # when
    world.refresh_declared(a_program(Thing("head", {"disk": 2})))

    # then
    assert world.things.did("read") == []
    assert world.record("head").pending_replacement
