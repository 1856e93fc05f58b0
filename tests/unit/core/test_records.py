"""What snapshots, plans and jobs say about themselves."""

import pytest

from cloudmesh_iac.core.jobs import JobState, is_token
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.urns import STACK_TYPE
from tests.builders import (
    a_change,
    a_plan,
    a_record,
    a_registration,
    a_snapshot,
    a_source,
    a_ticket,
    a_urn,
    an_intent,
)


def test_a_snapshot_tells_living_objects_from_doomed_ones() -> None:
    # given
    old, new = a_record(creation=1, doomed=True), a_record(creation=2)
    snapshot = a_snapshot(old, new)

    # then
    assert snapshot.live() == {a_urn(): new}
    assert list(snapshot.doomed()) == [old]
    assert str(snapshot.stack) == "hello"


def test_only_what_has_a_ticket_is_waited_for() -> None:
    # given
    waiting = an_intent(a_record("job"), ticket=a_ticket())

    # when
    snapshot = a_snapshot(intents=(an_intent(), waiting))

    # then
    assert snapshot.open_waits() == {a_urn("job"): waiting}


def test_the_stack_is_a_resource_too() -> None:
    assert a_record(type_=STACK_TYPE).is_stack
    assert a_registration(type_=STACK_TYPE).is_stack
    assert not a_record().is_stack
    assert not a_registration().is_stack


def test_a_source_is_written_as_editors_read_it() -> None:
    assert str(a_source(12)) == "stacks/hello.py:12"


def test_a_plan_counts_resources_without_components() -> None:
    # when
    plan = a_plan(
        a_change("a"), a_change("b"), a_change("group", custom=False), a_change("c", Action.SAME)
    )

    # then
    assert plan.counts() == {Action.CREATE: 2, Action.SAME: 1}


def test_a_plan_finds_what_is_declared_by_urn_and_leaves_deletions_out() -> None:
    # given
    kept, gone = a_change("kept", Action.SAME), a_change("gone", Action.DELETE)
    old = [a_change("kept", action, creation=0) for action in (Action.DELETE, Action.FORGET)]

    # then
    assert a_plan(kept, gone, *old).by_urn() == {a_urn("kept"): kept}


@pytest.mark.parametrize(
    ("action", "cause", "has_work", "has_changes"),
    [
        (Action.CREATE, Cause.NEW, True, True),
        (Action.SAME, None, False, False),
        (Action.UNDECIDED, Cause.FAILED, False, False),
        (Action.CREATE, Cause.RESUMED, True, False),
        (Action.DELETE, Cause.LEFTOVER, True, False),
    ],
)
def test_a_person_is_asked_about_what_is_new(
    action: Action, cause: Cause | None, *, has_work: bool, has_changes: bool
) -> None:
    # given
    change = a_change(action=action, reasons=() if cause is None else (Reason(cause),))

    # then
    assert a_plan(change).has_work is has_work
    assert a_plan(change).has_changes is has_changes
    assert change.is_resumed is (cause is Cause.RESUMED)


def test_a_job_has_ended_when_nothing_more_will_come() -> None:
    # when
    going_on = {state for state in JobState if not state.has_ended}

    # then
    assert going_on == {JobState.QUEUED, JobState.HELD, JobState.RUNNING, JobState.UNKNOWN}
    assert {state for state in JobState if state.is_good} == {JobState.COMPLETED}


@pytest.mark.parametrize(
    ("text", "is_one"), [("a1.b_c-d", True), ("", False), ("a b", False), ("a|b", False)]
)
def test_a_token_can_be_printed_without_quotes(text: str, *, is_one: bool) -> None:
    assert is_token(text) is is_one
