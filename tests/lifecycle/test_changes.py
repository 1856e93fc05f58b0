"""What a run does with each resource when the program is written differently than before."""

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, Plan
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import STACK_TYPE, name_of
from cloudmesh_iac.core.values import UNKNOWN, Secret, has_secret
from cloudmesh_iac.engine.asks import Problem, Refusal
from cloudmesh_iac.errors import ExperimentError
from tests.lifecycle.script import GROUP, Out, ScriptedProgram, Thing
from tests.lifecycle.world import World, a_program, names


def actions(plan: Plan) -> dict[str, Action]:
    return {name_of(change.urn): change.action for change in plan.changes if change.custom}


def refusal(key: str, message: str) -> Refusal:
    return Refusal((Problem(key, message),))


def change_of(plan: Plan, name: str) -> Change:
    (found,) = [change for change in plan.changes if name_of(change.urn) == name]
    return found


def test_things_are_created_in_the_order_of_their_values(world: World) -> None:
    # given
    program = a_program(
        Thing("tail", {"to": Out("head")}), Thing("head"), Thing("last", needs=("tail",))
    )

    # when
    outcome = world.up(program)

    # then
    assert world.things.did("create") == [
        ("create", "head"),
        ("create", "tail"),
        ("create", "last"),
    ]
    assert names(one.urn for one in outcome.carried) == ["head", "tail", "last"]
    assert world.record("tail").inputs == {"to": world.record("head").outputs["address"]}


def test_an_unchanged_program_has_no_work(world: World) -> None:
    # given
    program = a_program(Thing("head", {"size": 1}), Thing("tail", {"to": Out("head")}))
    world.up(program)
    world.things.did()

    # when
    plan = world.preview(program)
    serial = world.snapshot().serial
    world.up(program, plan=plan)

    # then
    assert actions(plan) == {"head": Action.SAME, "tail": Action.SAME}
    assert not plan.has_work
    assert world.things.did() == []
    assert world.snapshot().serial == serial


def test_a_preview_calls_nothing_that_changes_and_writes_nothing(world: World) -> None:
    # when
    plan = world.preview(a_program(Thing("head"), Thing("tail", {"to": Out("head")})))

    # then
    assert world.things.did() == []
    assert world.snapshot().serial == 0
    assert change_of(plan, "tail").inputs == {"to": UNKNOWN}


def test_a_changed_input_updates_and_says_which(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"size": 1})))
    program = a_program(Thing("head", {"size": 2}))
    world.things.did()

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    (reason,) = change_of(plan, "head").reasons
    assert (reason.cause, reason.key, reason.old, reason.new) == (Cause.FIELD, "size", 1, 2)
    assert world.things.did() == [("update", "head")]
    assert world.record("head").outputs == {"size": 2, "address": "10.0.0.1"}
    assert world.record("head").id == "head#1"


def test_a_replacement_is_made_first_and_the_old_one_goes_when_all_is_done(world: World) -> None:
    # given
    def written(image: str) -> ScriptedProgram:
        return a_program(Thing("head", {"image": image}), Thing("tail", {"to": Out("head")}))

    world.up(written("rocky"))
    world.things.did()

    # when
    plan = world.preview(written("alma"))
    world.up(written("alma"), plan=plan)

    # then
    assert world.things.did() == [("create", "head"), ("update", "tail"), ("delete", "head")]
    assert change_of(plan, "head").losses == ("image",)
    assert change_of(plan, "tail").reasons[0].cause is Cause.DEPENDENCY
    assert [one.id for one in world.snapshot().records if one.custom] == ["tail#2", "head#3"]


def test_a_replacement_without_room_deletes_the_old_one_first_and_once(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1})))
    world.things.did()

    # when
    world.up(a_program(Thing("head", {"disk": 2})))

    # then
    assert world.things.did() == [("delete", "head"), ("create", "head")]
    assert list(world.things.made) == [world.record("head").id]


@pytest.mark.parametrize(
    ("key", "asked"), [("image", True), ("disk", False)], ids=["delete first", "create first"]
)
def test_the_program_decides_whether_the_old_one_goes_first(
    world: World, key: str, *, asked: bool
) -> None:
    # given
    options = Options(delete_before_replace=asked)
    world.up(a_program(Thing("head", {key: 1}, options=options)))
    world.things.did()

    # when
    world.up(a_program(Thing("head", {key: 2}, options=options)))

    # then
    assert world.things.did()[0] == ("delete" if asked else "create", "head")
    assert list(world.things.made) == [world.record("head").id]


def test_ignored_changes_change_nothing(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"size": 1})))

    # when
    options = Options(ignore_changes=("size",))
    plan = world.preview(a_program(Thing("head", {"size": 2}, options=options)))

    # then
    assert actions(plan) == {"head": Action.SAME}


@pytest.mark.parametrize("keys", [("size",), ("*",)])
def test_a_change_that_the_program_calls_replacing_replaces(
    world: World, keys: tuple[str, ...]
) -> None:
    # given
    world.up(a_program(Thing("head", {"size": 1})))

    # when
    options = Options(replace_on_changes=keys)
    plan = world.preview(a_program(Thing("head", {"size": 2}, options=options)))

    # then
    assert actions(plan) == {"head": Action.REPLACE}


def test_secrets_stay_marked_on_their_way_through_a_stack(world: World) -> None:
    # given
    program = a_program(
        Thing("head", {"word": Secret("hush")}), Thing("tail", {"to": Out("head", "word")})
    )

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert world.record("head").outputs["word"] == Secret("hush")
    assert world.record("tail").inputs["to"] == Secret("hush")
    assert all(has_secret(change.inputs) for change in plan.changes if change.custom)
    assert "hush" not in repr((plan, world.snapshot()))


def test_outputs_that_the_program_calls_secret_are_marked(world: World) -> None:
    # given
    options = Options(additional_secret_outputs=("address",))

    # when
    world.up(a_program(Thing("head", {"size": 1}, options=options)))
    created = world.record("head").outputs["address"]
    world.up(a_program(Thing("head", {"size": 2}, options=options)))

    # then
    assert created == Secret("10.0.0.1")
    assert world.record("head").outputs["address"] == Secret("10.0.0.1")


def test_components_are_recorded_and_cost_nothing(world: World) -> None:
    # given
    def written(size: int) -> ScriptedProgram:
        return a_program(
            Thing("lab", {"size": size}, type_=GROUP, custom=False, outputs={"size": size}),
            Thing("head", parent="lab"),
        )

    world.up(written(1))

    # when
    plan = world.preview(written(2))
    outcome = world.up(written(2), plan=plan)

    # then
    assert world.record("head").parent == world.record("lab").urn
    assert world.record("lab").outputs == {"size": 2}
    assert change_of(plan, "lab").action is Action.UPDATE
    assert names(one.urn for one in outcome.carried) == ["head"]
    assert world.things.did("update", "delete") == []


def test_the_outputs_of_the_stack_are_recorded_when_they_are_known(world: World) -> None:
    # given
    program = ScriptedProgram(Thing("head"), outputs={"at": Out("head"), "never": Out("head", "x")})

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert plan.outputs == {"at": UNKNOWN, "never": UNKNOWN}
    assert world.record("lab-hello").outputs == {"at": "10.0.0.1"}


def test_new_dependencies_are_written_down_without_a_question(world: World) -> None:
    # given
    world.up(a_program(Thing("head"), Thing("tail")))
    program = a_program(Thing("head"), Thing("tail", needs=("head",)))
    world.things.did()

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert plan.has_work
    assert not plan.has_changes
    assert world.record("tail").dependencies == (world.record("head").urn,)
    assert world.things.did() == []


def test_a_thing_that_appears_with_a_value_is_created_by_the_run_after(world: World) -> None:
    # given
    program = a_program(Thing("head"), Thing("behind", appears_with=Out("head")))
    first = world.preview(program)
    world.up(a_program(Thing("head")))

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert actions(first) == {"head": Action.CREATE}
    assert actions(plan) == {"head": Action.SAME, "behind": Action.CREATE}
    assert world.record("behind").from_apply


def test_two_of_one_name_are_named_with_both_lines(world: World) -> None:
    # given
    program = a_program(Thing("head", line=3), Thing("head", line=7, key="second"))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(program)

    # then
    assert "'head'" in str(refused.value)
    assert "stacks/hello.py:3 and stacks/hello.py:7" in str(refused.value)


def test_two_of_one_name_that_only_a_run_meets_are_named_too(world: World) -> None:
    # given
    program = a_program(
        Thing("head", line=3), Thing("head", line=7, key="second", appears_with=Out("head"))
    )
    plan = world.preview(program)

    # when
    with pytest.raises(ExperimentError) as refused:
        world.up(program, plan=plan)

    # then
    assert "stacks/hello.py:3 and stacks/hello.py:7" in str(refused.value)
    assert world.there() == ["head"]


def test_a_protected_thing_is_not_replaced(world: World) -> None:
    # given
    options = Options(protect=True)
    world.up(a_program(Thing("head", {"image": 1}, options=options)))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("head", {"image": 2}, options=options)))

    # then
    assert "protected" in str(refused.value)


def test_every_refusal_of_a_program_is_named_at_once(world: World) -> None:
    # given
    world.things.faults = {
        ("check", "one"): refusal("size", "is not a number"),
        ("check", "two"): refusal("", "nothing fits"),
    }

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("one", line=3), Thing("two", line=4), Thing("three")))

    # then
    assert str(refused.value).splitlines() == [
        "one (stacks/hello.py:3): size: is not a number",
        "two (stacks/hello.py:4): nothing fits",
    ]


def test_outputs_that_become_secret_are_written_down_as_secrets(world: World) -> None:
    # given
    world.up(ScriptedProgram(Thing("a"), outputs={"at": Out("a")}))

    # when
    world.up(ScriptedProgram(Thing("a"), outputs={"at": Out("a", secret=True)}))

    # then
    (stack,) = [one for one in world.snapshot().records if one.type == STACK_TYPE]
    assert has_secret(stack.outputs)
