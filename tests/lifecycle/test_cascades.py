"""What goes with an object that has to make room for its own replacement, and comes back."""

import threading
from contextlib import suppress
from dataclasses import replace

import pytest

from cloudmesh_iac.core.jobs import Failure, JobState
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Plan
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import ExperimentError, PlanBroken, StoreUnusable
from tests.lifecycle.script import STACK_THING, THING, Out, ScriptedProgram, Thing, a_job, urn_of
from tests.lifecycle.world import World, a_program, names

STACK_URN = urn_of(STACK_THING)


def change_of(plan: Plan, name: str) -> Change:
    (found,) = [change for change in plan.changes if name_of(change.urn) == name]
    return found


def chain(disk: int) -> ScriptedProgram:
    """Return a program in which `tail` and `last` need a new image when `head` gets a new disk."""
    return a_program(
        Thing("head", {"disk": disk}),
        Thing("tail", {"image": Out("head")}),
        Thing("last", {"image": Out("tail")}),
        Thing("reader", {"at": Out("last")}),
    )


def test_users_that_would_be_replaced_go_first_and_are_made_anew(world: World) -> None:
    # given
    world.up(chain(1))
    world.things.did()

    # when
    plan = world.preview(chain(2))
    world.up(chain(2), plan=plan)

    # then
    assert world.things.did() == [
        ("delete", "last"),
        ("delete", "tail"),
        ("delete", "head"),
        ("create", "head"),
        ("create", "tail"),
        ("create", "last"),
        ("update", "reader"),
    ]
    assert names(change_of(plan, "head").dependents) == ["last", "tail"]
    tail = change_of(plan, "tail")
    assert [step.op for step in tail.steps] == [
        Op.DELETE_REPLACED,
        Op.REPLACE,
        Op.CREATE_REPLACEMENT,
    ]
    assert [(one.cause, one.urn) for one in tail.reasons] == [
        (Cause.DEPENDENCY, change_of(plan, "head").urn)
    ]
    records = world.snapshot().records
    assert world.there() == ["head", "last", "reader", "tail"]
    assert not any(one.pending_replacement or one.doomed for one in records)


def test_what_is_made_anew_is_checked_without_its_old_inputs_and_not_compared(world: World) -> None:
    # given
    world.up(chain(1))
    plan = world.preview(chain(2))
    world.things.did()

    # when
    world.up(chain(2), plan=plan)

    # then
    asked = world.things.did("check", "diff")
    assert asked.count(("check", "tail")) == 1
    assert asked.index(("diff", "tail")) < asked.index(("check", "tail"))


def test_a_user_that_is_not_declared_any_more_is_only_forgotten(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1}), Thing("tail", {"image": Out("head")})))
    program = a_program(Thing("head", {"disk": 2}))
    world.things.did()

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert world.things.did() == [("delete", "tail"), ("delete", "head"), ("create", "head")]
    tail = change_of(plan, "tail")
    assert tail.action is Action.DELETE
    assert [step.op for step in tail.steps] == [Op.DELETE_REPLACED, Op.REMOVE_PENDING_REPLACE]
    assert names(outcome.removed) == ["tail"]
    assert world.there() == ["head"]


def test_a_protected_user_refuses_the_whole_change(world: World) -> None:
    # given
    def written(disk: int) -> ScriptedProgram:
        options = Options(protect=True)
        return a_program(
            Thing("head", {"disk": disk}), Thing("tail", {"image": Out("head")}, options=options)
        )

    world.up(written(1))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(written(2))

    # then
    assert "tail: it is protected" in str(refused.value)


def test_companions_go_first_and_those_that_go_by_themselves_are_not_deleted(world: World) -> None:
    # given
    head = urn_of(Thing("head"), STACK_URN)
    tail = urn_of(Thing("tail"), STACK_URN)

    def written(disk: int) -> ScriptedProgram:
        return a_program(
            Thing("head", {"disk": disk}),
            Thing("tail", {"image": Out("head")}),
            Thing("inner", {"image": Out("tail")}, options=Options(deleted_with=tail)),
            Thing("twin", needs=("head",), options=Options(replace_with=(head,))),
        )

    world.up(written(1))
    world.things.did()

    # when
    world.up(written(2))

    # then
    did = world.things.did()
    assert sorted(name for call, name in did if call == "delete") == ["head", "tail", "twin"]
    assert did[2] == ("delete", "head")
    assert sorted(did[3:]) == [
        ("create", "head"),
        ("create", "inner"),
        ("create", "tail"),
        ("create", "twin"),
    ]


def test_replace_on_changes_makes_a_user_go_first(world: World) -> None:
    # given
    def written(disk: int) -> ScriptedProgram:
        options = Options(replace_on_changes=("at",))
        return a_program(
            Thing("head", {"disk": disk}), Thing("tail", {"at": Out("head")}, options=options)
        )

    world.up(written(1))
    world.things.did()

    # when
    world.up(written(2))

    # then
    assert world.things.did()[0] == ("delete", "tail")


def test_a_create_that_fails_after_the_deletion_is_done_by_the_next_run(world: World) -> None:
    # given
    world.up(chain(1))
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)
    outcome = world.up(chain(2))
    pending = [name_of(one.urn) for one in world.snapshot().records if one.pending_replacement]
    world.things.faults.clear()
    world.things.did()

    # when
    plan = world.preview(chain(2))
    world.up(chain(2), plan=plan)

    # then
    assert names(one.urn for one in outcome.failed) == ["head"]
    assert sorted(pending) == ["head", "last", "tail"]
    head = change_of(plan, "head")
    assert [step.op for step in head.steps] == [Op.REPLACE, Op.CREATE_REPLACEMENT]
    assert head.reasons[0].cause is Cause.FAILED
    assert world.things.did() == [
        ("create", "head"),
        ("create", "tail"),
        ("create", "last"),
        ("update", "reader"),
    ]
    assert not any(one.pending_replacement for one in world.snapshot().records)
    assert not world.preview(chain(2)).has_work


def test_what_was_not_made_anew_is_made_although_nothing_differs(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1})))
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)
    world.up(a_program(Thing("head", {"disk": 2})))
    world.things.faults.clear()
    world.things.did()

    # when
    world.up(a_program(Thing("head", {"disk": 1})))

    # then
    assert world.things.did() == [("create", "head")]
    assert world.record("head").outputs["disk"] == 1
    assert not world.record("head").doomed


def test_what_was_not_made_anew_is_only_forgotten_when_it_is_dropped(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1})))
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)
    world.up(a_program(Thing("head", {"disk": 2})))
    world.things.did()

    # when
    plan = world.preview(a_program())
    world.up(a_program(), plan=plan)

    # then
    head = change_of(plan, "head")
    assert head.action is Action.FORGET
    assert [step.op for step in head.steps] == [Op.REMOVE_PENDING_REPLACE]
    assert not plan.has_changes
    assert world.things.did() == []
    assert world.there() == []


def test_what_was_not_made_anew_is_only_forgotten_by_a_destroy(world: World) -> None:
    # given
    world.up(a_program(Thing("head", {"disk": 1})))
    world.things.faults["create", "head"] = Failure("no room", is_certain=True)
    world.up(a_program(Thing("head", {"disk": 2})))
    world.things.did()

    # when
    world.destroy()

    # then
    assert world.things.did() == []
    assert world.snapshot().records == ()


def test_a_user_that_cannot_be_deleted_keeps_what_it_stands_on(world: World) -> None:
    # given
    world.up(chain(1))
    world.things.faults["delete", "tail"] = Failure("it is busy", is_certain=True)
    world.things.did()

    # when
    outcome = world.up(chain(2))

    # then
    assert world.things.did() == [("delete", "last"), ("delete", "tail")]
    assert outcome.failed[0].message == "tail, which has to go first: it is busy"
    assert [name_of(one.urn) for one in world.snapshot().records if one.pending_replacement] == [
        "last"
    ]


def test_a_user_whose_provider_cannot_be_asked_keeps_what_it_stands_on(world: World) -> None:
    # given
    world.up(chain(1))
    world.things.faults["diff", "tail"] = Failure("no answer")

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(chain(2))

    # then
    assert "no answer" in str(refused.value)


def test_a_user_declared_behind_an_unknown_value_makes_room_and_comes_back(world: World) -> None:
    # given
    def written(disk: int) -> ScriptedProgram:
        return a_program(
            Thing("head", {"disk": disk}),
            Thing("tail", {"image": Out("head")}, appears_with=Out("head")),
        )

    world.up(written(1))
    world.up(written(1))  # what appears behind a value is made by a second plan
    world.things.did()

    # when
    plan = world.preview(written(2))
    world.up(written(2), plan=plan)

    # then
    tail = change_of(plan, "tail")
    assert (tail.action, tail.certain) == (Action.REPLACE, False)
    assert world.things.did() == [
        ("delete", "tail"),
        ("delete", "head"),
        ("create", "head"),
        ("create", "tail"),
    ]


def test_a_user_behind_a_value_that_does_not_come_back_is_forgotten(world: World) -> None:
    # given
    def written(disk: int, *, unless: str | None = None) -> ScriptedProgram:
        return a_program(
            Thing("head", {"disk": disk}),
            Thing("tail", {"image": Out("head")}, appears_with=Out("head"), unless=unless),
        )

    world.up(written(1))
    world.up(written(1))

    # when
    world.up(written(2, unless="10.0.0.3"))

    # then
    assert world.there() == ["head"]


def test_a_user_that_the_plan_keeps_does_not_go(world: World) -> None:
    # given: in the preview the user was declared before `head` was decided
    world.up(a_program(Thing("head", {"disk": 1}), Thing("tail", {"image": Out("head")})))
    decided = threading.Event()

    def hold(call: str, name: str) -> None:
        if (call, name) == ("check", "head"):
            decided.wait(1.0)
        elif (call, name) == ("diff", "tail"):
            decided.set()

    program = a_program(Thing("head", {"disk": 2}), Thing("tail", {"image": "10.0.0.1"}))
    world.things.before = hold
    plan = world.preview(program)
    world.things.before = lambda *_: None
    world.things.did()

    # when: now it is declared later
    later = a_program(
        Thing("head", {"disk": 2}), Thing("tail", {"image": "10.0.0.1"}, needs=("head",))
    )
    world.up(later, plan=plan)

    # then
    assert change_of(plan, "tail").action is Action.SAME
    assert world.things.did() == [("delete", "head"), ("create", "head")]


def test_a_user_that_no_plan_has_shown_does_not_go(world: World) -> None:
    # given
    world.up(chain(1))
    program = chain(2)
    plan = world.preview(program)
    head = change_of(plan, "head")
    shown = Change(
        head.urn,
        head.type,
        head.action,
        inputs=head.inputs,
        deletes_first=True,
        steps=head.steps,
    )
    changes = tuple(shown if one is head else one for one in plan.changes)
    narrowed = Plan(plan.stack, plan.base_serial, changes, seed_key=plan.seed_key)
    world.things.did()

    # when
    with pytest.raises(PlanBroken) as stopped:
        world.up(program, plan=narrowed)

    # then
    assert "last would be deleted first" in str(stopped.value)
    assert world.things.did() == []


def test_two_that_make_room_share_their_users(world: World) -> None:
    # given
    def written(disk: int) -> ScriptedProgram:
        return a_program(
            Thing("left", {"disk": disk}),
            Thing("right", {"disk": disk}),
            Thing("both", {"image": (Out("left"), Out("right"))}),
        )

    world.up(written(1))
    world.things.did()

    # when
    world.up(written(2))

    # then
    did = world.things.did()
    assert did[0] == ("delete", "both")
    assert did.count(("delete", "both")) == 1
    assert did[-1] == ("create", "both")
    assert THING in str(world.record("both").urn)


@pytest.mark.parametrize("nth", range(1, 13))
def test_a_full_disk_at_any_commit_forgets_nothing(world: World, nth: int) -> None:
    # given
    world.up(chain(1))
    world.store.fails_at = nth
    with suppress(StoreUnusable):
        world.up(chain(2))
    world.store.fails_at = 0

    # when
    outcome = world.up(chain(2))

    # then
    assert not outcome.failed
    assert world.there() == ["head", "last", "reader", "tail"]
    assert not any(one.pending_replacement or one.doomed for one in world.snapshot().records)
    assert world.record("head").outputs["disk"] == 2
    assert world.record("last").inputs == {"image": world.record("tail").outputs["address"]}
    assert {one.id for one in world.snapshot().records if one.custom} == {*world.things.made}
    assert not world.preview(chain(2)).has_work


def a_roomless_job(command: str) -> ScriptedProgram:
    options = Options(delete_before_replace=True)
    return a_program(tuple(replace(one, options=options) for one in a_job("pi", command)))


def test_a_job_without_room_is_let_go_and_collected_by_the_next_run(world: World) -> None:
    # given
    world.up(a_roomless_job("first"))
    world.clock.frozen = True
    world.up(a_roomless_job("second"), patience_s=0)
    pending = [one.creation for one in world.snapshot().records if one.pending_replacement]
    world.clock.frozen = False
    world.clock.advance(seconds=60)

    # when
    outcome = world.up(a_roomless_job("second"))

    # then
    assert pending == [1]
    assert not outcome.failed
    assert [job.start.request.command for job in world.scheduler.jobs] == ["first", "second"]
    assert [(one.creation, one.doomed) for one in world.snapshot().records if one.custom] == [
        (2, False),
        (2, False),
    ]


def test_a_job_without_room_is_recorded_by_a_look_at_it(world: World) -> None:
    # given
    world.up(a_roomless_job("first"))
    world.clock.frozen = True
    world.up(a_roomless_job("second"), patience_s=0)

    # when
    running = world.status()
    world.clock.advance(seconds=60)
    ended = world.status()

    # then
    assert [one.state for one in running] == [JobState.RUNNING]
    assert [one.state for one in ended] == [JobState.COMPLETED]
    assert [(one.creation, one.doomed) for one in world.snapshot().records if one.custom] == [
        (2, False),
        (2, False),
    ]


def test_a_job_that_could_not_be_made_anew_is_none_any_more(world: World) -> None:
    # given
    world.up(a_roomless_job("first"))
    world.scheduler.refuse_next("no such partition")

    # when
    outcome = world.up(a_roomless_job("second"))

    # then
    assert outcome.failed
    assert world.status() == ()
