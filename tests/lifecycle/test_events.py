"""Whoever watches a run is told every step of it; plans say where each line is from."""

from collections.abc import Mapping

import pytest

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    Event,
)
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, FailedChange, SkippedChange
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.asks import Problem, Refusal
from cloudmesh_iac.engine.destroying import plan_destroy
from cloudmesh_iac.engine.embedded import EmbeddedEngine, Request
from cloudmesh_iac.errors import ExperimentError, PlanBroken
from tests.builders import STACK
from tests.lifecycle.script import GROUP, Out, ScriptedProgram, Thing
from tests.lifecycle.world import World, a_program

NO = Failure("no", "try it again")


def told(world: World) -> list[Event]:
    """Return what was told since the last time, things in the order of their names."""
    events = list(world.events.told)
    world.events.told.clear()
    return sorted(events, key=lambda event: name_of(getattr(event, "urn", Urn(""))))


def urns(world: World) -> Mapping[str, Urn]:
    return {name_of(one.urn): one.urn for one in world.snapshot().records}


def chain(size: int = 1, image: int = 1) -> ScriptedProgram:
    return a_program(
        Thing("a", {"size": size, "image": image}),
        Thing("b", {"to": Out("a")}),
        Thing("group", {"n": 1}, custom=False, type_=GROUP, outputs={"of": Out("a")}),
        Thing("c", {"to": Out("b")}, parent="group"),
    )


def test_what_is_made_is_told_from_its_beginning_to_its_end(world: World) -> None:
    # when
    outcome = world.up(chain())

    # then
    urn = urns(world)
    assert told(world) == [
        event
        for name in "abc"
        for event in (
            ChangeStarted(urn[name], Action.CREATE),
            ChangeDone(urn[name], Action.CREATE),
        )
    ]
    assert sorted(outcome.carried, key=lambda one: name_of(one.urn)) == [
        Carried(urn[name], Action.CREATE) for name in "abc"
    ]
    assert (outcome.failed, outcome.skipped, outcome.removed) == ((), (), ())


def test_what_fails_and_what_it_leaves_out_is_told(world: World) -> None:
    # given
    world.things.faults["create", "b"] = NO

    # when
    outcome = world.up(chain())

    # then
    done = {"a": urns(world)["a"]}
    b, c = outcome.failed[0].urn, outcome.skipped[0].urn
    assert told(world) == [
        ChangeStarted(done["a"], Action.CREATE),
        ChangeDone(done["a"], Action.CREATE),
        ChangeStarted(b, Action.CREATE),
        ChangeFailed(b, Action.CREATE, "no", "try it again"),
        ChangeSkipped(c, b),
    ]
    assert outcome.failed == (FailedChange(b, "no", "try it again"),)
    assert outcome.skipped == (SkippedChange(c, b),)


def test_what_is_replaced_is_told_with_the_end_of_its_old_object(world: World) -> None:
    # given
    world.up(chain())
    told(world)

    # when
    outcome = world.up(chain(image=2))

    # then
    a, b = urns(world)["a"], urns(world)["b"]
    assert told(world) == [
        ChangeStarted(a, Action.REPLACE),
        ChangeDone(a, Action.REPLACE),
        ChangeStarted(a, Action.DELETE),
        ChangeDone(a, Action.DELETE),
        ChangeStarted(b, Action.UPDATE),
        ChangeDone(b, Action.UPDATE),
    ]
    assert set(outcome.carried) == {
        Carried(a, Action.REPLACE),
        Carried(b, Action.UPDATE),
        Carried(urns(world)["c"], Action.SAME),
    }
    assert outcome.removed == ()


def test_what_cannot_be_deleted_is_told_and_what_it_stands_on_stays(world: World) -> None:
    # given
    world.up(chain())
    urn = urns(world)
    told(world)
    world.things.faults["delete", "b"] = NO

    # when
    outcome = world.destroy()

    # then
    assert told(world) == [
        ChangeSkipped(urn["a"], urn["b"]),
        ChangeStarted(urn["b"], Action.DELETE),
        ChangeFailed(urn["b"], Action.DELETE, "no", "try it again"),
        ChangeStarted(urn["c"], Action.DELETE),
        ChangeDone(urn["c"], Action.DELETE),
        ChangeSkipped(next(one for one in urn.values() if "Stack::" in one), urn["b"]),
    ]
    assert outcome.removed == (urn["c"],)
    assert outcome.failed == (FailedChange(urn["b"], "no", "try it again"),)


def test_what_a_provider_refuses_in_the_run_is_no_change(world: World) -> None:
    # given
    plan = world.preview(chain())
    world.things.faults["check", "a"] = Refusal((Problem("size", "too big"), Problem("", "bad")))

    # when
    outcome = world.up(chain(), plan=plan)

    # then
    (failed,) = outcome.failed
    assert (name_of(failed.urn), failed.message) == ("a", "size: too big; bad")
    assert told(world)[0] == ChangeFailed(failed.urn, Action.UNDECIDED, "size: too big; bad", "")


def test_what_goes_beyond_the_plan_is_told_as_the_change_that_it_is(world: World) -> None:
    # given
    world.up(chain())
    plan = world.preview(chain(size=2))
    told(world)

    # when
    with pytest.raises(PlanBroken):
        world.up(chain(size=3), plan=plan)

    # then
    a = urns(world)["a"]
    words = "size is not what the plan showed"
    assert told(world) == [ChangeFailed(a, Action.UPDATE, words)]


def test_what_a_person_leaves_out_is_there_and_what_is_new_is_not(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1}), Thing("b", {"size": 1})))
    told(world)
    program = a_program(Thing("a", {"size": 2}), Thing("b", {"size": 2}), Thing("c"))
    request = Request(STACK, selection=Selection(targets=("a",)))

    # when
    engine = EmbeddedEngine(world.parts)
    outcome = engine.up(program, request, engine.preview(program, request))

    # then
    a, b = urns(world)["a"], urns(world)["b"]
    assert set(outcome.carried) == {Carried(a, Action.UPDATE), Carried(b, Action.SAME)}
    assert (outcome.failed, outcome.skipped) == ((), ())
    assert world.there() == ["a", "b"]
    assert world.record("b").inputs == {"size": 1}


# --- lines of plans -------------------------------------------------------------------------------


def places(plan: Plan) -> list[tuple[str, str, str, str, tuple[str, ...]]]:
    """Return name, action, line, parent and needs of each line."""
    return [
        (
            name_of(one.urn),
            str(one.action),
            str(one.source),
            name_of(one.parent) if one.parent is not None else "",
            tuple(map(name_of, one.needs)),
        )
        for one in plan.changes
        if not one.type.startswith("pulumi:")
    ]


def test_each_line_of_a_plan_says_where_it_is_from(world: World) -> None:
    # given
    line = "stacks/hello.py"
    new = places(world.preview(chain()))
    world.up(chain())

    # when
    changed = places(world.preview(chain(image=2)))
    dropped = places(world.preview(a_program(Thing("a", {"size": 1, "image": 1}))))
    gone = places(plan_destroy(STACK, world.parts))

    # then
    stack = "lab-hello"
    assert new == [
        ("a", "create", f"{line}:10", stack, ()),
        ("b", "create", f"{line}:11", stack, ("a",)),
        ("group", "create", f"{line}:12", stack, ()),
        ("c", "create", f"{line}:13", "group", ("b",)),
    ]
    assert [row[1] for row in changed] == ["replace", "update", "same", "update"]
    assert [(row[0], *row[2:]) for row in changed] == [(row[0], *row[2:]) for row in new]
    assert [row[0] for row in dropped[:2]] == ["a", "c"]
    assert sorted(dropped) == [
        ("a", "same", f"{line}:10", stack, ()),
        ("b", "delete", f"{line}:11", stack, ("a",)),
        ("c", "delete", f"{line}:13", "group", ("b",)),
        ("group", "delete", f"{line}:12", stack, ()),
    ]
    assert [row[1] for row in gone] == ["delete"] * 4
    assert {(row[0], *row[2:]) for row in gone} == {(row[0], *row[2:]) for row in new}


def test_a_line_of_what_fails_in_a_preview_is_that_of_the_program(world: World) -> None:
    # given
    world.things.faults["check", "b"] = Refusal((Problem("to", "no"),))
    world.things.faults["diff", "a"] = NO
    world.up(a_program(Thing("a", {"size": 1})))
    program = a_program(Thing("a", {"size": 2}), Thing("b", options=Options(protect=True)))

    # then
    with pytest.raises(ExperimentError) as refused:
        world.preview(program)
    assert str(refused.value) == "a (stacks/hello.py:10): no\nb (stacks/hello.py:11): to: no"
