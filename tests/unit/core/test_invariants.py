"""What is true of every stack, and how it is said when it is not."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.invariants import broken_invariants
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.registrations import Options
from tests.builders import a_record, a_snapshot, a_urn, an_intent

NET = a_record("net")
HEAD = a_record("head", dependencies=(NET.urn,))


def words(snapshot: Snapshot) -> list[tuple[str, str]]:
    return [(one.subject, one.what) for one in broken_invariants(snapshot)]


def test_a_stack_that_is_well_has_no_finding() -> None:
    # given
    group = a_record("lab", custom=False)
    doomed = a_record("head", creation=1, doomed=True, dependencies=(NET.urn,))
    newer = a_record("head", creation=2, parent=None, dependencies=(NET.urn,))
    inside = a_record("in", parent=group.urn)

    # then
    snapshot = a_snapshot(NET, group, doomed, newer, inside, intents=(an_intent(HEAD),))
    assert broken_invariants(snapshot) == ()
    assert broken_invariants(a_snapshot()) == ()


def test_two_live_records_of_one_urn_are_named() -> None:
    found = words(a_snapshot(NET, replace(NET, creation=2)))
    assert found == [(NET.urn, "it has 2 live records, there can be one")]


def test_what_a_lost_run_has_made_may_be_newer_and_still_to_be_deleted() -> None:
    assert words(a_snapshot(NET, a_record("net", creation=2, doomed=True))) == []


@pytest.mark.parametrize(
    "record",
    [
        a_record("head", parent=a_urn("gone")),
        a_record("head", dependencies=(a_urn("gone"),)),
        replace(a_record("head"), property_dependencies={"size": (a_urn("gone"),)}),
        replace(a_record("head"), options=Options(deleted_with=a_urn("gone"))),
        replace(a_record("head"), options=Options(replace_with=(a_urn("gone"),))),
        replace(a_record("head"), provider=f"{a_urn('gone')}::id"),
    ],
)
def test_what_a_record_stands_on_is_recorded(record: Record) -> None:
    found = words(a_snapshot(record))
    assert found == [(record.urn, f"it stands on {a_urn('gone')}, which is not recorded")]


def test_what_lives_stands_on_no_object_that_is_to_be_deleted() -> None:
    doomed = replace(NET, doomed=True)
    assert [urn for urn, _ in words(a_snapshot(doomed, HEAD))] == [HEAD.urn]
    assert words(a_snapshot(doomed, replace(HEAD, doomed=True))) == []


def test_nothing_stands_on_itself() -> None:
    # given
    a = a_record("a", dependencies=(a_urn("b"),))
    b = a_record("b", dependencies=(a_urn("a"),))
    user = a_record("user", dependencies=(a_urn("b"),))

    # then
    assert {urn for urn, _ in words(a_snapshot(NET, a, b, user))} == {a.urn, b.urn, user.urn}


def test_no_object_has_a_number_that_was_not_counted() -> None:
    snapshot = a_snapshot(NET, intents=(an_intent(HEAD),))
    found = words(replace(snapshot, creations={}))
    assert {urn for urn, _ in found} == {NET.urn, HEAD.urn}
    assert "only 0 creations were counted" in found[0][1]
