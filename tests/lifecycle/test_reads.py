"""What the program only looks at: it is read, and never made, changed or deleted."""

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.errors import ExperimentError
from tests.lifecycle.script import Out, Thing
from tests.lifecycle.world import BLIND, World, a_program, names


def ops(plan: Plan, name: str) -> list[Op]:
    (found,) = [change for change in plan.changes if name_of(change.urn) == name]
    return [step.op for step in found.steps]


@pytest.fixture
def world(world: World) -> World:
    """Return a world in which somebody else has made two things."""
    world.things.made |= {"i-1": {"size": 7}, "i-2": {"size": 8}}
    return world


def test_what_is_read_is_recorded_as_external_and_can_be_used(world: World) -> None:
    # given
    program = a_program(Thing("net", read_id="i-1"), Thing("head", {"to": Out("net", "at")}))

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert ops(plan, "net") == [Op.READ]
    assert plan.by_urn()[world.record("head").urn].inputs == {"to": "site of i-1"}
    net = world.record("net")
    assert (net.id, net.external, net.inputs) == ("i-1", True, {})
    assert net.outputs == {"size": 7, "at": "site of i-1"}
    assert world.record("head").inputs == {"to": "site of i-1"}
    assert world.things.did("read", "create") == [
        ("read", "net"),
        ("read", "net"),
        ("create", "head"),
    ]
    assert names(one.urn for one in outcome.carried) == ["net", "head"]


def test_reading_the_same_again_writes_nothing(world: World) -> None:
    # given
    program = a_program(Thing("net", read_id="i-1"))
    world.up(program)
    serial = world.snapshot().serial

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert not plan.has_work
    assert world.snapshot().serial == serial


def test_another_id_is_read_in_its_place_and_its_secrets_are_marked(world: World) -> None:
    # given
    world.up(a_program(Thing("net", read_id="i-1")))

    # when
    options = Options(additional_secret_outputs=("size",))
    world.up(a_program(Thing("net", read_id="i-2", options=options)))

    # then
    net = world.record("net")
    assert (net.id, net.outputs["size"], net.creation) == ("i-2", Secret(8), 1)
    assert world.things.did() == []


def test_what_is_not_read_any_more_is_only_forgotten(world: World) -> None:
    # given
    world.up(a_program(Thing("net", read_id="i-1")))

    # when
    plan = world.preview(a_program())
    world.up(a_program(), plan=plan)

    # then
    assert ops(plan, "net") == [Op.DISCARD]
    assert world.things.did() == []
    assert world.there() == []


def test_a_destroy_only_forgets_what_was_read(world: World) -> None:
    # given
    world.up(a_program(Thing("net", read_id="i-1")))

    # when
    world.destroy()

    # then
    assert world.things.did() == []
    assert world.snapshot().records == ()


def test_what_was_read_and_is_declared_is_made_beside_it(world: World) -> None:
    # given
    world.up(a_program(Thing("net", read_id="i-1")))
    program = a_program(Thing("net", {"size": 1}))
    world.things.did()

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert ops(plan, "net") == [Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DISCARD_REPLACED]
    assert world.things.did("diff", "create", "delete") == [("create", "net")]
    net = world.record("net")
    assert (net.id, net.external) == ("net#1", False)
    assert "i-1" in world.things.made


def test_an_object_of_ours_is_deleted_when_another_one_is_read(world: World) -> None:
    # given
    world.up(a_program(Thing("net", {"size": 1})))
    program = a_program(Thing("net", read_id="i-1"))
    world.things.did()

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert ops(plan, "net") == [Op.READ_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED]
    assert world.things.did() == [("delete", "net")]
    assert (world.record("net").id, world.record("net").external) == ("i-1", True)


def test_a_protected_object_of_ours_refuses_that_another_one_is_read(world: World) -> None:
    # given
    world.up(a_program(Thing("net", {"size": 1}, options=Options(protect=True))))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("net", read_id="i-1")))

    # then
    assert "it is protected and would be deleted" in str(refused.value)


def test_reading_our_own_object_lets_go_of_it(world: World) -> None:
    # given
    world.up(a_program(Thing("net", {"size": 1})))
    world.things.did()

    # when
    world.up(a_program(Thing("net", read_id="net#1")))
    world.up(a_program())

    # then
    assert world.things.did() == []
    assert "net#1" in world.things.made


def test_an_id_without_an_object_is_refused(world: World) -> None:
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("net", read_id="i-9")))
    assert "there is nothing with the id i-9" in str(refused.value)


def test_a_reading_that_fails_skips_what_uses_it(world: World) -> None:
    # given
    program = a_program(Thing("net", read_id="i-1"), Thing("head", {"to": Out("net", "at")}))
    plan = world.preview(program)
    world.things.faults["read", "net"] = Failure("no answer")

    # when
    outcome = world.up(program, plan=plan)

    # then
    assert names(one.urn for one in outcome.failed) == ["net"]
    assert names(one.urn for one in outcome.skipped) == ["head"]


def test_what_is_behind_a_failure_is_not_read(world: World) -> None:
    # given
    program = a_program(Thing("head"), Thing("net", needs=("head",), read_id="i-1"))
    plan = world.preview(program)
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)

    # when
    outcome = world.up(program, plan=plan)

    # then
    assert names(one.urn for one in outcome.skipped) == ["net"]


def test_a_provider_that_cannot_look_says_so(world: World) -> None:
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("net", read_id="i-1", type_=BLIND)))
    assert "nobody can look at a test:index:Blind" in str(refused.value)


def test_what_was_read_does_not_make_room(world: World) -> None:
    # given
    world.up(
        a_program(Thing("head", {"disk": 1}), Thing("net", {"image": Out("head")}, read_id="i-1"))
    )
    world.things.did()

    # when
    world.up(
        a_program(Thing("head", {"disk": 2}), Thing("net", {"image": Out("head")}, read_id="i-1"))
    )

    # then
    assert world.things.did() == [("delete", "head"), ("create", "head")]
    assert world.preview(a_program()).counts()[Action.FORGET] == 1


def test_the_id_of_something_new_is_read_when_it_is_there(world: World) -> None:
    # given
    program = a_program(Thing("head", {"size": 3}), Thing("net", read_id=Out("head", "id")))

    # when
    plan = world.preview(program)
    reads = world.things.did("read")
    world.up(program, plan=plan)

    # then
    assert (ops(plan, "net"), reads) == ([Op.READ], [])
    assert (world.record("net").id, world.record("net").outputs["size"]) == ("head#1", 3)


def test_what_is_read_by_the_id_of_something_that_failed_is_skipped(world: World) -> None:
    # given
    program = a_program(Thing("head"), Thing("net", read_id=Out("head", "id")))
    plan = world.preview(program)
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)

    # when
    outcome = world.up(program, plan=plan)

    # then
    assert names(one.urn for one in outcome.skipped) == ["net"]
    assert world.there() == []


def test_what_is_read_by_the_id_of_something_that_appears_waits_for_its_plan(world: World) -> None:
    # given
    program = a_program(
        Thing("head"),
        Thing("inner", appears_with=Out("head")),
        Thing("net", read_id=Out("inner", "id")),
    )

    # when
    first = world.up(program)
    there = world.there()
    world.up(program)

    # then
    assert (names(first.appeared), there) == (["inner"], ["head"])
    assert world.record("net").id == "inner#2"


def test_what_has_changed_since_it_was_read_is_worth_a_run(world: World) -> None:
    # given
    program = a_program(Thing("net", read_id="i-1"))
    world.up(program)
    world.things.made["i-1"] = {"size": 9}

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert (plan.has_work, plan.has_changes) == (True, False)
    assert world.record("net").outputs["size"] == 9
