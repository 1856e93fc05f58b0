"""A run does what its plan showed, or less; else it stops and says what was done by then."""

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import UpdateResult
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.errors import ExitCode, PlanBroken, UsageProblem
from tests.lifecycle.script import Out, ScriptedProgram, Thing
from tests.lifecycle.world import World, a_program, names


def test_an_input_that_changed_since_the_plan_stops_the_run(world: World) -> None:
    # given
    plan = world.preview(
        a_program(Thing("a"), Thing("b", {"size": 1}, ("a",)), Thing("c", needs=("b",)))
    )
    changed = a_program(Thing("a"), Thing("b", {"size": 2}, ("a",)), Thing("c", needs=("b",)))

    # when
    with pytest.raises(PlanBroken) as broken:
        world.up(changed, plan=plan)

    # then
    assert broken.value.exit_code is ExitCode.PLAN
    assert "Thing::b: size is not what the plan showed" in str(broken.value)
    assert str(broken.value).splitlines()[-1].endswith("Thing::a")
    assert world.things.did() == [("create", "a")]
    assert world.there() == ["a"]
    assert world.results() == [UpdateResult.FAILED]


def test_a_thing_that_was_not_in_the_plan_is_not_made(world: World) -> None:
    # given
    plan = world.preview(a_program(Thing("a")))

    # when
    with pytest.raises(PlanBroken) as broken:
        world.up(a_program(Thing("b")), plan=plan)

    # then
    assert "Thing::b: create was not in the plan" in str(broken.value)
    assert "done before that: nothing" in str(broken.value)
    assert world.things.did() == []


def test_an_update_that_became_a_replacement_is_not_carried_out(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    plan = world.preview(a_program(Thing("a", {"size": 2})))
    world.things.did()

    # when
    with pytest.raises(PlanBroken) as broken:
        world.up(a_program(Thing("a", {"size": 2, "image": 1})), plan=plan)

    # then
    assert "replace instead of update" in str(broken.value)
    assert world.things.did() == []


def test_less_than_the_plan_is_allowed(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"image": 1}), Thing("b", {"size": 1}), Thing("c")))
    plan = world.preview(a_program(Thing("a", {"image": 2}), Thing("b", {"size": 2})))
    world.things.did()

    # when
    world.up(a_program(Thing("a", {"image": 1}), Thing("b", {"size": 1}), Thing("c")), plan=plan)

    # then
    assert world.things.did() == []
    assert world.there() == ["a", "b", "c"]


def test_a_deletion_that_was_not_in_the_plan_deletes_nothing_at_all(world: World) -> None:
    # given
    world.up(a_program(Thing("a"), Thing("b"), Thing("c")))
    plan = world.preview(a_program(Thing("a"), Thing("b")))
    world.things.did()

    # when
    with pytest.raises(PlanBroken) as broken:
        world.up(a_program(Thing("a")), plan=plan)

    # then
    assert "Thing::b: delete was not in the plan" in str(broken.value)
    assert world.things.did() == []


def test_a_value_that_the_plan_did_not_know_is_free(world: World) -> None:
    # given
    program = a_program(Thing("a"), Thing("b", {"to": ("x", Out("a", secret=True))}))

    # when
    world.up(program)

    # then
    assert world.record("b").inputs == {"to": ("x", Secret("10.0.0.1"))}


def test_the_end_of_a_retained_old_object_is_not_what_its_successor_is_held_to(
    world: World,
) -> None:
    # given: what stands on the old object is not done, so that it stays for one more run
    def program(size: int) -> ScriptedProgram:
        kept = Options(retain_on_delete=True)
        head = Thing("head", {"image": size, "size": size}, options=kept)
        return a_program(head, Thing("user", {"to": Out("head")}))

    world.up(program(1))
    world.things.faults["update", "user"] = Failure("no")
    world.up(program(2))
    assert [record.doomed for record in world.snapshot().records if record.id == "head#1"] == [True]
    world.things.faults.clear()
    world.things.did()

    # when
    world.up(a_program(Thing("head", {"image": 2, "size": 3}), Thing("user", {"to": Out("head")})))

    # then
    assert world.things.did() == [("update", "head"), ("update", "user")]
    assert world.there() == ["head", "user"]


def test_a_stack_that_moved_on_since_the_plan_is_left_alone(world: World) -> None:
    # given
    plan = world.preview(a_program(Thing("a")))
    world.up(a_program(Thing("z")))
    world.things.did()

    # when
    with pytest.raises(PlanBroken):
        world.up(a_program(Thing("a")), plan=plan)

    # then
    assert world.things.did() == []
    assert world.there() == ["z"]


def test_an_option_that_nobody_asked_for_is_refused(world: World) -> None:
    with pytest.raises(UsageProblem) as refused:
        world.preview(a_program(Thing("a")), options={"repeats": "5"})
    assert refused.value.exit_code is ExitCode.USAGE


def test_what_appears_behind_a_new_value_waits_for_a_plan_of_its_own(world: World) -> None:
    # given: one thing is declared behind the value of another, a third stands on it
    def program() -> ScriptedProgram:
        return a_program(
            Thing("a"),
            Thing("inner", appears_with=Out("a")),
            Thing("innermost", {"size": Out("inner")}, appears_with=Out("a")),
        )

    # when
    first = world.up(program())
    seen = (names(first.appeared), world.there())
    second = world.up(program())

    # then
    assert seen == (["inner", "innermost"], ["a"])
    assert second.appeared == ()
    assert world.there() == ["a", "inner", "innermost"]
    assert world.things.did() == [("create", "a"), ("create", "inner"), ("create", "innermost")]
