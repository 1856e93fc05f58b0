"""A change is held to its line of the plan."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.values import UNKNOWN, Properties, Reference, Secret, Value
from cloudmesh_iac.engine.promise import Promise, breach, fits
from cloudmesh_iac.errors import PlanBroken
from tests.builders import a_change, a_plan, a_urn

HEAD, TAIL = a_urn("head"), a_urn("tail")
scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=3)
values: st.SearchStrategy[Value] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
        | inner.map(Secret)
    ),
    max_leaves=8,
)


@given(values)
def test_a_value_fits_itself_and_what_was_not_known(value: Value) -> None:
    assert fits(value, value)
    assert fits(UNKNOWN, value)
    assert fits(Secret(UNKNOWN), value)


@pytest.mark.parametrize(
    ("planned", "actual", "expected"),
    [
        (1, 1.0, True),
        (1, True, False),
        ("x", UNKNOWN, False),
        (Secret("x"), "x", True),
        (Secret("x"), "y", False),
        ((1, UNKNOWN), (1, 2), True),
        ((1, UNKNOWN), (1,), False),
        ((1,), {"a": 1}, False),
        ({"a": UNKNOWN}, {"a": 1}, True),
        ({"a": UNKNOWN}, {}, True),
        ({"a": 1}, {"a": 1, "b": None}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        (None, 1, False),
        (Reference(HEAD, UNKNOWN), Reference(HEAD, "i-1"), True),
        (Reference(HEAD, "i-1"), Reference(HEAD, "i-2"), False),
        (Reference(HEAD, UNKNOWN), Reference(TAIL, "i-1"), False),
    ],
)
def test_a_value_fits_what_the_plan_showed(
    planned: Value, actual: Value, *, expected: bool
) -> None:
    assert fits(planned, actual) is expected


@pytest.mark.parametrize(
    ("action", "promised", "words"),
    [
        (Action.SAME, None, None),
        (Action.UNDECIDED, None, None),
        (Action.CREATE, None, "create was not in the plan"),
        (Action.UPDATE, Action.UPDATE, None),
        (Action.UPDATE, Action.REPLACE, None),
        (Action.UPDATE, Action.SAME, "update instead of same"),
        (Action.UPDATE, Action.UNDECIDED, "update instead of undecided"),
        (Action.REPLACE, Action.UPDATE, "replace instead of update"),
        (Action.CREATE, Action.REPLACE, None),
        (Action.DELETE, Action.CREATE, "delete instead of create"),
        (Action.DELETE, Action.DELETE, None),
        (Action.FORGET, Action.DELETE, None),
    ],
)
def test_only_the_same_or_a_weaker_operation_is_allowed(
    action: Action, promised: Action | None, words: str | None
) -> None:
    line = None if promised is None else a_change(action=promised)
    assert breach(a_change(action=action), line) == words


def test_a_component_is_held_to_nothing() -> None:
    assert breach(a_change(action=Action.CREATE, custom=False), None) is None


def test_inputs_are_compared_both_ways() -> None:
    planned = a_change(inputs={"a": 1, "b": UNKNOWN})
    assert breach(a_change(inputs={"a": 1, "b": 2}), planned) is None
    assert breach(a_change(inputs={"b": 2}), planned) == "a is not what the plan showed"
    more = a_change(inputs={"a": 1, "c": 3})
    assert breach(more, planned) == "c is not what the plan showed"


def test_a_deletion_is_not_held_to_inputs() -> None:
    planned = a_change(action=Action.DELETE, inputs={"a": 1})
    assert breach(a_change(action=Action.DELETE, inputs={"a": 2}), planned) is None


def test_a_weaker_operation_may_leave_what_is_recorded() -> None:
    # given
    promised = a_change(action=Action.REPLACE, inputs={"name": "new-1", "spec": {"a": 1, "b": 2}})
    kept = a_change(action=Action.UPDATE, inputs={"name": "old-1", "spec": {"a": 9, "b": 2}})
    recorded: Properties = {"name": "old-1", "spec": {"a": 9, "b": 8}}

    # then
    assert breach(kept, promised) == "name is not what the plan showed"
    assert breach(kept, promised, recorded=recorded) is None
    other = a_change(action=Action.UPDATE, inputs={"name": "old-1", "spec": {"a": 9, "b": 3}})
    assert breach(other, promised, recorded=recorded) == "spec is not what the plan showed"


def test_the_same_operation_may_not_leave_what_the_plan_changes() -> None:
    promised = a_change(action=Action.UPDATE, inputs={"size": 2})
    actual = a_change(action=Action.UPDATE, inputs={"size": 1})
    assert breach(actual, promised, recorded={"size": 1}) == "size is not what the plan showed"


def test_an_unknown_of_the_plan_accepts_also_a_part_that_is_recorded() -> None:
    promised = a_change(action=Action.REPLACE, inputs={"spec": UNKNOWN})
    actual = a_change(action=Action.UPDATE, inputs={"spec": {"a": 1, "b": 5}})
    assert breach(actual, promised, recorded={"spec": {"a": 1}}) is None


def test_a_weaker_operation_may_leave_out_what_was_never_recorded() -> None:
    promised = a_change(action=Action.REPLACE, inputs={"size": 1, "spec": {"a": 1, "b": 2}})
    actual = a_change(action=Action.UPDATE, inputs={"spec": {"a": 1}})
    assert breach(actual, promised) == "size is not what the plan showed"
    assert breach(actual, promised, recorded={"spec": {"a": 0}}) is None


def test_a_promise_keeps_what_went_beyond_it_and_says_all_of_it_at_the_end() -> None:
    # given
    promise = Promise(a_plan(a_change("head", Action.UPDATE, inputs={"n": 1})))
    kept = promise.hold(a_change("head", Action.UPDATE, inputs={"n": 1}), None)
    promise.raise_broken([])

    # when
    reason = promise.hold(a_change("tail", Action.CREATE), None)
    with pytest.raises(PlanBroken) as broken:
        promise.raise_broken([HEAD])

    # then
    assert (kept, reason) == (None, "create was not in the plan")
    assert promise.breaches == {TAIL: "create was not in the plan"}
    assert f"{TAIL}: create was not in the plan\ndone before that: {HEAD}" in str(broken.value)


def test_what_is_waited_for_again_was_approved_before() -> None:
    promise = Promise(a_plan())
    resumed = a_change("head", Action.CREATE, reasons=(Reason(Cause.RESUMED),))
    assert promise.hold(resumed, None) is None
    assert not promise.names(HEAD)
