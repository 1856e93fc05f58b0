"""What exists is taken over, changed to what the program says, or refused."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.engine.asks import Gone, Read
from cloudmesh_iac.errors import ExperimentError
from tests.lifecycle.script import Out, Thing
from tests.lifecycle.world import World, a_program

TAKEN = Options(import_id="i-1")


def change_of(plan: Plan, name: str) -> tuple[Action, list[Op]]:
    (found,) = [one for one in plan.changes if name_of(one.urn) == name]
    return found.action, [step.op for step in found.steps]


@pytest.fixture
def world(world: World) -> World:
    """Return a world in which somebody else has made two things."""
    world.things.made |= {"i-1": {"size": 7}, "i-2": {"size": 8}}
    return world


def test_a_thing_that_is_as_the_program_says_is_taken_over_as_it_is(world: World) -> None:
    # given
    program = a_program(
        Thing("net", {"size": 7}, options=TAKEN), Thing("head", {"to": Out("net", "at")})
    )

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert change_of(plan, "net") == (Action.IMPORT, [Op.IMPORT])
    assert plan.by_urn()[world.record("head").urn].inputs == {"to": "site of i-1"}
    net = world.record("net")
    assert (net.id, net.external, net.inputs, net.creation) == ("i-1", False, {"size": 7}, 1)
    assert net.outputs == {"size": 7, "at": "site of i-1"}
    assert world.things.did() == [("create", "head")]
    assert {one.action for one in outcome.carried} == {Action.IMPORT, Action.CREATE}


def test_it_is_imported_once_and_goes_with_the_stack(world: World) -> None:
    # given
    program = a_program(Thing("net", {"size": 7}, options=TAKEN))
    world.up(program)

    # when
    plan = world.preview(program)
    world.up(a_program())

    # then
    assert change_of(plan, "net") == (Action.SAME, [])
    assert "i-1" not in world.things.made
    assert world.there() == []


def test_a_thing_that_is_different_is_changed_after_it_was_taken_over(world: World) -> None:
    # given
    program = a_program(Thing("net", {"size": 9}, options=TAKEN))

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert change_of(plan, "net") == (Action.IMPORT, [Op.IMPORT, Op.UPDATE])
    assert world.things.did() == [("update", "net")]
    assert world.record("net").id == "i-1"
    assert world.record("net").inputs == {"size": 9}


def test_a_change_that_fails_leaves_it_taken_over_as_it_was(world: World) -> None:
    # given
    program = a_program(Thing("net", {"size": 9}, options=TAKEN))
    world.things.faults["update", "net"] = Failure("not now")

    # when
    outcome = world.up(program)

    # then
    assert [one.message for one in outcome.failed] == ["not now"]
    assert (world.record("net").id, world.record("net").inputs) == ("i-1", {"size": 7})
    del world.things.faults["update", "net"]
    assert change_of(world.preview(program), "net") == (Action.UPDATE, [Op.UPDATE])


def test_another_id_takes_the_place_of_what_was_there(world: World) -> None:
    # given
    world.up(a_program(Thing("net", {"size": 8})))
    program = a_program(Thing("net", {"size": 8}, options=Options(import_id="i-2")))

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert change_of(plan, "net") == (
        Action.REPLACE,
        [Op.IMPORT_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED],
    )
    assert (world.record("net").id, world.record("net").creation) == ("i-2", 2)
    assert world.things.did("delete") == [("delete", "net")]
    assert [*world.things.made] == ["i-1", "i-2"]


def test_what_was_only_read_can_be_taken_over(world: World) -> None:
    # given
    world.up(a_program(Thing("net", read_id="i-1")))
    program = a_program(Thing("net", {"size": 7}, options=TAKEN))

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert Op.DISCARD_REPLACED in change_of(plan, "net")[1]
    assert (world.record("net").id, world.record("net").external) == ("i-1", False)
    assert world.things.did("delete") == []
    assert "i-1" in world.things.made


def refused(world: World, thing: Thing) -> str:
    with pytest.raises(ExperimentError) as found:
        world.preview(a_program(thing))
    return str(found.value)


def test_what_is_not_there_cannot_be_taken_over(world: World) -> None:
    thing = Thing("net", options=Options(import_id="i-9"))
    words = "net (stacks/hello.py:10): there is nothing with the id i-9 to import"
    assert refused(world, thing) == words


def test_what_would_have_to_be_replaced_is_refused_with_the_keys(world: World) -> None:
    words = refused(world, Thing("net", {"size": 7, "image": "rocky"}, options=TAKEN))
    assert "import_ names an object that would be replaced (image)" in words


def test_what_was_imported_is_not_replaced_while_the_program_still_says_so(world: World) -> None:
    # given
    world.up(a_program(Thing("net", {"size": 7}, options=TAKEN)))

    # then
    words = refused(world, Thing("net", {"size": 7, "image": "rocky"}, options=TAKEN))
    assert "or take import_ out of it" in words
    plan = world.preview(a_program(Thing("net", {"size": 7, "image": "rocky"})))
    assert change_of(plan, "net")[0] is Action.REPLACE


def test_something_protected_is_not_replaced_by_an_import(world: World) -> None:
    # given
    world.up(a_program(Thing("net", {"size": 8}, options=Options(protect=True))))

    # then
    thing = Thing("net", {"size": 8}, options=Options(import_id="i-2", protect=True))
    assert "it is protected and would be replaced by an import" in refused(world, thing)


def test_a_provider_that_cannot_look_can_import_nothing(world: World) -> None:
    from_blind = Thing("net", type_="test:index:Blind", options=TAKEN)
    assert "nobody can look at a test:index:Blind" in refused(world, from_blind)


def test_outputs_that_the_program_calls_secret_are_secret_from_the_start(world: World) -> None:
    # given
    options = Options(import_id="i-1", additional_secret_outputs=("at",))

    # when
    world.up(a_program(Thing("net", {"size": 7}, options=options)))

    # then
    assert world.record("net").outputs["at"] == Secret("site of i-1")


def test_the_inputs_of_a_dynamic_class_may_be_its_outputs(world: World) -> None:
    # given
    reads = world.things.read
    world.things.read = lambda ask: without_inputs(reads(ask))  # type: ignore[method-assign]

    # then
    assert "nobody can import" in refused(world, Thing("net", {"size": 7}, options=TAKEN))
    dynamic = Thing("net", {"size": 7, "__provider": "a class"}, options=TAKEN)
    world.things.made["i-1"] = {"size": 7, "__provider": "a class"}
    assert change_of(world.preview(a_program(dynamic)), "net")[0] is Action.IMPORT


def without_inputs(found: Read | Gone | Failure) -> Read | Gone | Failure:
    return replace(found, inputs=None) if isinstance(found, Read) else found
