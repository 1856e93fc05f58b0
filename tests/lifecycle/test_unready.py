"""What becomes of an object that is there and not ready."""

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause
from cloudmesh_iac.core.urns import name_of
from tests.lifecycle.script import Out, Thing
from tests.lifecycle.world import World, a_program, names

PROGRAM = a_program(Thing("head", {"size": 1}), Thing("tail", {"to": Out("head")}))


def test_an_object_that_is_not_ready_counts_as_failed_and_is_kept(world: World) -> None:
    # given
    world.things.unready["create", "head"] = ("no address yet", "no name yet")

    # when
    outcome = world.up(PROGRAM)

    # then
    assert [one.message for one in outcome.failed] == ["no address yet; no name yet"]
    assert names(one.urn for one in outcome.skipped) == ["tail"]
    head = world.record("head")
    assert head.id == "head#1"
    assert head.outputs == {"size": 1, "address": "10.0.0.1"}
    assert head.init_errors == ("no address yet", "no name yet")
    assert world.there() == ["head"]


def test_the_next_run_goes_on_although_nothing_differs(world: World) -> None:
    # given
    world.things.unready["create", "head"] = ("no address yet",)
    world.up(PROGRAM)
    world.things.unready.clear()
    world.things.did()

    # when
    plan = world.preview(PROGRAM)
    outcome = world.up(PROGRAM, plan=plan)

    # then
    head = plan.by_urn()[world.record("head").urn]
    assert head.action is Action.UPDATE
    assert [(one.cause, one.note) for one in head.reasons] == [
        (Cause.FAILED, "it was not ready: no address yet")
    ]
    assert world.things.did() == [("update", "head"), ("create", "tail")]
    assert outcome.failed == ()
    assert world.record("head").init_errors == ()
    assert not world.preview(PROGRAM).has_work


def test_an_update_that_is_not_ready_keeps_the_old_inputs_to_be_compared_again(
    world: World,
) -> None:
    # given
    world.up(PROGRAM)
    world.things.unready["update", "head"] = ("still growing",)
    grown = a_program(Thing("head", {"size": 2}), Thing("tail", {"to": Out("head")}))

    # when
    outcome = world.up(grown)

    # then
    assert names(one.urn for one in outcome.failed) == ["head"]
    head = world.record("head")
    assert (head.inputs, head.outputs["size"]) == ({"size": 1}, 2)
    assert head.init_errors == ("still growing",)


def test_a_replacement_that_is_not_ready_keeps_the_old_object_until_it_is(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"image": "rocky"})))
    world.things.unready["create", "head"] = ("still booting",)
    program = a_program(Thing("head", {"image": "alma"}))
    world.things.did()

    # when
    world.up(program)
    first = world.things.did()
    kept = [(one.id, one.doomed) for one in world.snapshot().records if one.custom]
    world.up(program)

    # then
    assert first == [("create", "head")]
    assert kept == [("head#1", True), ("head#2", False)]
    assert sorted(world.things.did()) == [("delete", "head"), ("update", "head")]
    assert [name_of(one.urn) for one in world.snapshot().records if one.custom] == ["head"]
