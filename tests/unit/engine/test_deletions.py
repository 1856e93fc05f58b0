"""Records go when nothing stands on them any more."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.engine.deletions import (
    Ended,
    decide_deletions,
    decide_destroy,
    held_by,
    raise_protected,
)
from cloudmesh_iac.engine.needs import sources_of
from cloudmesh_iac.engine.order import levels
from cloudmesh_iac.errors import ExperimentError
from tests.builders import a_record, a_snapshot, a_urn


@st.composite
def graphs(draw: st.DrawFn) -> Snapshot:
    """A stack as runs leave it. A run may make an old record depend on one that is younger."""
    count = draw(st.integers(1, 12))
    orders = draw(st.permutations(range(count)))
    records: list[Record] = []
    for number in range(count):
        urns = sorted({record.urn for record in records})
        needs = draw(st.lists(st.sampled_from(urns), max_size=4, unique=True)) if urns else []
        parent = draw(st.none() | st.sampled_from(urns)) if urns else None
        made = a_record(f"r{number}", dependencies=tuple(needs), order=2 * orders[number] + 1)
        records.append(replace(made, parent=parent, from_apply=draw(st.booleans())))
        if draw(st.booleans()):  # an object that it has replaced is still there
            old = replace(records[-1], creation=0, doomed=True, order=made.order - 1)
            records.append(old)
    return a_snapshot(*sorted(records, key=lambda record: record.order))


@given(graphs())
def test_nothing_goes_before_what_stands_on_it(snapshot: Snapshot) -> None:
    # when
    groups = levels(snapshot.records)

    # then
    level = {
        (record.urn, record.creation): number
        for number, group in enumerate(groups)
        for record in group
    }
    assert len(level) == len(snapshot.records) == sum(map(len, groups))
    for record in snapshot.records:
        for source in snapshot.records:
            if source.urn in sources_of(record):
                here, there = (record.urn, record.creation), (source.urn, source.creation)
                assert level[here] < level[there]


@given(graphs(), st.data())
def test_each_record_that_is_not_declared_goes_once(
    snapshot: Snapshot, data: st.DataObject
) -> None:
    # given
    urns = sorted({record.urn for record in snapshot.records})
    declared = data.draw(st.frozensets(st.sampled_from(urns)))

    # when
    changes = decide_deletions(Ended(declared), snapshot)

    # then
    expected = {
        (record.urn, record.creation)
        for record in snapshot.records
        if record.doomed or record.urn not in declared
    }
    assert len(changes) == len(expected)
    assert {(change.urn, change.creation) for change in changes} == expected


@given(graphs(), st.data())
def test_what_is_held_is_everything_below_and_nothing_else(
    snapshot: Snapshot, data: st.DataObject
) -> None:
    # given
    live = snapshot.live()
    unfinished = data.draw(st.lists(st.sampled_from(sorted(live)), unique=True))

    # when
    held = held_by(unfinished, snapshot)

    # then
    below = {source for urn in (*unfinished, *held) for source in sources_of(live[urn])}
    assert held.keys() == below
    assert set(held.values()) <= set(unfinished)


@given(graphs())
def test_a_destroy_takes_every_object(snapshot: Snapshot) -> None:
    changes = decide_destroy(snapshot)
    assert len(changes) == len(snapshot.records)
    assert {change.reasons[0].cause for change in changes} == {Cause.DESTROY}


def test_records_of_one_level_go_newest_first() -> None:
    records = [a_record(f"r{number}", order=number) for number in range(4)]
    (group,) = levels(records)
    assert [record.order for record in group] == [3, 2, 1, 0]


def test_a_replaced_object_that_once_stood_on_what_now_stands_on_it_goes_first() -> None:
    # given
    old = a_record("a", creation=1, doomed=True, dependencies=(a_urn("b"),), order=2)
    between = a_record("b", dependencies=(a_urn("a"),), order=1)
    new = a_record("a", creation=2, order=3)

    # when
    groups = levels([between, old, new])

    # then
    assert groups == ((old,), (between,), (new,))


def test_thousands_of_records_in_a_chain_are_sorted_in_time() -> None:
    # given
    records = [
        a_record(f"r{number}", dependencies=(a_urn(f"r{number - 1}"),), order=number)
        for number in range(5000)
    ]

    # when
    groups = levels(records)

    # then
    assert [group[0].order for group in groups] == list(range(4999, -1, -1))


def test_what_an_unknown_urn_needs_holds_nothing() -> None:
    assert held_by([a_urn("new")], a_snapshot(a_record("old"))) == {}


DOOMED = a_record("a", creation=1, doomed=True, order=1)
LIVE = a_record("a", creation=2, order=2)
DROPPED = a_record("b", order=3)
BEHIND = a_record("c", from_apply=True, order=4)
RETAINED = a_record("d", retain_on_delete=True, order=5)
GROUP = a_record("e", custom=False, retain_on_delete=True, order=6)
STACK_OF_ALL = a_snapshot(DOOMED, LIVE, DROPPED, BEHIND, RETAINED, GROUP)
A = a_urn("a")


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        (Ended(frozenset({A}), program_failed=True), {}),
        (
            Ended(frozenset({A})),
            {"a1": "delete", "b1": "delete", "c1": "delete", "d1": "forget", "e1": "delete"},
        ),
        (
            Ended(frozenset({A}), has_gaps=True),
            {"a1": "delete", "b1": "delete", "c1": "undecided", "d1": "forget", "e1": "delete"},
        ),
        (
            Ended(frozenset({A}), held={A: a_urn("z"), a_urn("b"): a_urn("z")}),
            {"b1": "undecided", "c1": "delete", "d1": "forget", "e1": "delete"},
        ),
        (
            Ended(frozenset(r.urn for r in STACK_OF_ALL.records)),
            {"a1": "delete"},
        ),
    ],
    ids=["program failed", "whole", "gaps", "held", "all declared"],
)
def test_what_goes_by_how_the_run_ended(ended: Ended, expected: dict[str, str]) -> None:
    # when
    changes = decide_deletions(ended, STACK_OF_ALL)

    # then
    found = {f"{change.urn[-1]}{change.creation}": str(change.action) for change in changes}
    assert found == expected


def test_each_deletion_says_why_and_which_object() -> None:
    # when
    changes = decide_deletions(Ended(frozenset()), a_snapshot(DOOMED, LIVE))

    # then
    assert [
        (change.reasons[0].cause, change.steps[0].op, change.creation) for change in changes
    ] == [
        (Cause.DROPPED, Op.DELETE, 2),
        (Cause.LEFTOVER, Op.DELETE_REPLACED, 1),
    ]


def test_what_is_held_names_what_stands_on_it() -> None:
    ended = Ended(frozenset(), held={DROPPED.urn: a_urn("z")})
    (change,) = decide_deletions(ended, a_snapshot(DROPPED))
    assert (change.action, change.reasons[0].urn) == (Action.UNDECIDED, a_urn("z"))


def test_every_protected_record_that_would_go_is_named() -> None:
    # given
    kept, one, two = (a_record(name, protect=True) for name in ("kept", "one", "two"))
    doomed = replace(a_record("kept", creation=0, protect=True), doomed=True)
    snapshot = a_snapshot(doomed, kept, one, replace(two, retain_on_delete=True))
    changes = decide_deletions(Ended(frozenset({kept.urn})), snapshot)

    # when
    with pytest.raises(ExperimentError) as refused:
        raise_protected(changes, snapshot)

    # then
    assert sorted(line.split()[0] for line in str(refused.value).splitlines()) == ["one", "two"]


def test_a_protected_object_that_was_replaced_may_go() -> None:
    kept = a_record("kept", creation=2, protect=True)
    snapshot = a_snapshot(replace(kept, creation=1, doomed=True), kept)
    changes = decide_deletions(Ended(frozenset({kept.urn})), snapshot)
    raise_protected(changes, snapshot)
    assert [change.action for change in changes] == [Action.DELETE]
