"""Looking at what is recorded: what has changed without us, and what is gone."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import Carried
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import ResourceType, name_of
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.engine.asks import Read, ReadAsk
from cloudmesh_iac.engine.refreshing import plan_refresh
from cloudmesh_iac.errors import ExperimentError
from tests.builders import STACK
from tests.lifecycle.script import GROUP, STACK_THING, THING, Out, Thing, a_job, urn_of
from tests.lifecycle.world import BLIND, World, a_program

HEAD = urn_of(Thing("head"), urn_of(STACK_THING))
PROGRAM = a_program(Thing("head", {"size": 1}), Thing("tail", {"to": Out("head")}))


def seen(world: World) -> Plan:
    return plan_refresh(STACK, world.parts)


def test_nothing_is_written_where_nothing_has_changed(world: World) -> None:
    # given
    world.up(a_program(*PROGRAM.script, Thing("dark", type_=BLIND), a_job("pi")))
    records = world.snapshot().records

    # when
    plan = seen(world)
    outcome = world.refresh(plan)

    # then
    assert plan.changes == ()
    assert (outcome.kind, outcome.carried, outcome.failed) == (UpdateKind.REFRESH, (), ())
    assert world.snapshot().records == records


def test_what_has_changed_is_shown_and_recorded_and_the_next_run_puts_it_right(
    world: World,
) -> None:
    # given
    world.up(PROGRAM)
    world.things.made["head#1"] = {"size": 5}
    serial = world.snapshot().serial

    # when
    plan = seen(world)
    before = world.snapshot().serial
    outcome = world.refresh(plan)

    # then
    assert before == serial
    (change,) = plan.changes
    assert (change.action, [step.op for step in change.steps]) == (Action.UPDATE, [Op.REFRESH])
    assert [(one.key, one.old, one.new) for one in change.reasons] == [("size", 1, 5)]
    assert outcome.carried == (Carried(HEAD, Action.UPDATE),)
    head = world.record("head")
    assert (head.inputs, head.outputs["size"]) == ({"size": 5}, 5)
    world.things.did()
    world.up(PROGRAM)
    assert world.things.did() == [("update", "head")]


def test_what_is_gone_is_forgotten_and_nothing_stands_on_it(world: World) -> None:
    # given
    options = Options(deleted_with=HEAD, replace_with=(HEAD,))
    program = a_program(
        *PROGRAM.script,
        Thing("child", parent="head", options=options),
        Thing("other", needs=("tail",)),
    )
    world.up(program)
    del world.things.made["head#1"]
    other = world.record("other")

    # when
    plan = seen(world)
    outcome = world.refresh(plan)

    # then
    (change,) = plan.changes
    assert (change.action, change.reasons[0].note) == (Action.FORGET, "it is not there any more")
    assert outcome.carried == (Carried(HEAD, Action.FORGET),)
    assert world.there() == ["child", "other", "tail"]
    tail, child = world.record("tail"), world.record("child")
    assert (tail.dependencies, tail.property_dependencies) == ((), {})
    assert (child.parent, child.options.deleted_with, child.options.replace_with) == (
        None,
        None,
        (),
    )
    assert world.record("other") == other
    world.things.did()
    world.up(program)
    assert world.things.did() == [("create", "head"), ("update", "tail")]


def test_an_object_that_was_still_to_be_deleted_may_be_gone_too(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"image": 1})))
    world.things.faults["delete", "head"] = Failure("it is busy", is_certain=True)
    world.up(a_program(Thing("head", {"image": 2})))
    world.things.faults.clear()
    del world.things.made["head#1"]

    # when
    world.refresh()

    # then
    assert [(one.id, one.doomed) for one in world.snapshot().records if one.custom] == [
        ("head#2", False)
    ]


def test_an_object_that_made_room_is_not_looked_for(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1})))
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)
    world.up(a_program(Thing("head", {"disk": 2})))

    # when
    world.refresh()

    # then
    assert world.record("head").pending_replacement


def test_a_plan_names_everything_that_could_not_be_looked_at(world: World) -> None:
    # given
    world.up(a_program(Thing("head"), Thing("group", type_=GROUP)))
    world.gone.add(ResourceType(GROUP))
    world.things.faults["read", "head"] = Failure("no answer")

    # when
    with pytest.raises(ExperimentError) as refused:
        seen(world)

    # then
    assert str(refused.value) == "group: its provider is gone\nhead: no answer"


def test_what_does_not_answer_in_the_run_stays_as_it_was(world: World) -> None:
    # given
    world.up(PROGRAM)
    plan = seen(world)
    world.things.faults["read", "head"] = Failure("no answer")
    records = world.snapshot().records

    # when
    outcome = world.refresh(plan)

    # then
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [("head", "no answer")]
    assert world.snapshot().records == records


def test_what_was_secret_stays_secret_and_what_was_read_keeps_what_the_program_knows(
    world: World,
) -> None:
    # given
    world.things.made["i-1"] = {"size": 7}
    secret = Options(additional_secret_outputs=("size",))
    world.up(a_program(Thing("head", {"size": 1}, options=secret), Thing("net", read_id="i-1")))
    world.things.made |= {"head#1": {"size": 2}, "i-1": {"size": 8}}

    # when
    world.refresh()

    # then
    assert world.record("head").outputs["size"] == Secret(2)
    net = world.record("net")
    assert (net.inputs, net.outputs["size"]) == ({}, 8)


def test_an_object_that_has_become_ready_needs_no_update(world: World) -> None:
    # given
    world.things.unready["create", "head"] = ("no address yet",)
    world.up(a_program(Thing("head", {"size": 1})))

    # when
    world.refresh()

    # then
    assert world.record("head").init_errors == ()
    assert not world.preview(a_program(Thing("head", {"size": 1}))).has_work


def test_an_object_that_is_found_half_ready_is_finished_by_the_next_run(world: World) -> None:
    # given
    world.up(PROGRAM)
    real = world.things.read

    def read(ask: ReadAsk) -> object:
        found = real(ask)
        assert isinstance(found, Read)
        return replace(found, init_errors=("no address any more",)) if ask.urn == HEAD else found

    world.things.read = read  # type: ignore[method-assign, assignment] # only for this test

    # when
    plan = world.preview(PROGRAM, looks_first=True)
    world.refresh()
    world.things.did()

    # then
    (drift,) = plan.drift
    assert drift.reasons[0].note == "it is not ready: no address any more"
    assert world.record("head").init_errors == ("no address any more",)
    world.things.read = real  # type: ignore[method-assign]
    world.up(PROGRAM)
    assert world.things.did() == [("update", "head")]


def test_a_provider_that_says_nothing_of_inputs_leaves_them(world: World) -> None:
    # given
    world.up(PROGRAM)
    real = world.things.read

    def read(ask: ReadAsk) -> object:
        found = real(ask)
        return replace(found, inputs=None) if isinstance(found, Read) else found

    world.things.made["head#1"] = {"size": 5}
    world.things.read = read  # type: ignore[method-assign, assignment] # only for this test

    # when
    world.refresh()

    # then
    head = world.record("head")
    assert (head.inputs, head.outputs["size"]) == ({"size": 1}, 5)
    assert head.type == THING


def test_a_run_may_begin_with_a_look_and_puts_right_what_has_changed(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.made["head#1"] = {"size": 5}
    world.things.did()

    # when
    plan = world.preview(PROGRAM, looks_first=True)
    unchanged = world.record("head").outputs["size"]
    outcome = world.up(PROGRAM, plan=plan, looks_first=True)

    # then
    assert unchanged == 1
    assert [(name_of(one.urn), one.reasons[0].new) for one in plan.drift] == [("head", 5)]
    assert plan.by_urn()[HEAD].action is Action.UPDATE
    assert world.things.did() == [("update", "head")]
    assert (world.record("head").outputs["size"], outcome.failed) == (1, ())


def test_a_run_that_begins_with_a_look_makes_again_what_is_gone(world: World) -> None:
    # given
    world.up(PROGRAM)
    del world.things.made["head#1"]
    world.things.did()

    # when
    world.up(PROGRAM, looks_first=True)

    # then
    assert world.things.did() == [("create", "head"), ("update", "tail")]


def test_outputs_that_have_changed_are_worth_a_run_and_no_question(world: World) -> None:
    # given
    world.up(PROGRAM)
    real = world.things.read

    def read(ask: ReadAsk) -> object:
        found = real(ask)
        assert isinstance(found, Read)
        return replace(found, outputs={**found.outputs, "load": 7})

    world.things.read = read  # type: ignore[method-assign, assignment] # only for this test

    # when
    plan = world.preview(PROGRAM, looks_first=True)
    world.up(PROGRAM, plan=plan, looks_first=True)

    # then
    assert (plan.has_work, plan.has_changes) == (True, False)
    assert world.record("head").outputs["load"] == 7


def test_a_run_does_not_begin_when_something_cannot_be_looked_at(world: World) -> None:
    # given
    world.up(PROGRAM)
    plan = world.preview(PROGRAM, looks_first=True)
    world.things.faults["read", "head"] = Failure("no answer")
    evaluations = len(PROGRAM.evaluations)

    # when
    with pytest.raises(ExperimentError):
        world.preview(PROGRAM, looks_first=True)
    outcome = world.up(PROGRAM, plan=plan, looks_first=True)

    # then
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [("head", "no answer")]
    assert len(PROGRAM.evaluations) == evaluations


def test_a_look_says_what_the_next_run_would_put_back(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.made["head#1"] = {"size": 5}

    # when
    (change,) = seen(world).changes

    # then
    assert [one.note for one in change.reasons] == ["the next run puts it back"]


def test_a_look_needs_to_know_what_a_change_means(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.faults["diff", "head"] = Failure("no answer")

    # when
    with pytest.raises(ExperimentError) as refused:
        seen(world)

    # then
    assert str(refused.value) == "head: no answer"


def test_what_nobody_can_look_at_is_named(world: World) -> None:
    world.up(a_program(*PROGRAM.script, Thing("dark", type_=BLIND)))
    assert [name_of(urn) for urn in seen(world).unseen] == ["dark"]


def test_a_look_settles_what_may_have_happened_to_an_object(world: World) -> None:
    # given
    world.up(PROGRAM)
    world.things.faults["update", "head"] = Failure("no answer", is_certain=False)
    world.up(a_program(Thing("head", {"size": 2}), PROGRAM.script[1]))
    unsettled = len(world.snapshot().intents)

    # when
    plan = seen(world)
    world.refresh(plan)

    # then
    assert (unsettled, plan.has_work, plan.changes) == (1, True, ())
    assert world.snapshot().intents == ()
