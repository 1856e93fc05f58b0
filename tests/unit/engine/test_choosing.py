"""Which resources take part, and which are left as they are."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.urns import STACK_TYPE, Urn, name_of
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.errors import ExperimentError, UsageProblem
from tests.builders import a_change, a_record, a_registration, a_snapshot, a_urn


def a_user(name: str, *needs: str) -> Record:
    return replace(a_record(name), dependencies=tuple(map(a_urn, needs)))


def a_chain() -> Snapshot:
    """`c` needs `b`, which needs `a`; `other` needs nothing."""
    return a_snapshot(a_record("a"), a_user("b", "a"), a_user("c", "b"), a_record("other"))


def names(urns: frozenset[Urn]) -> set[str]:
    return {urn.rpartition("::")[2] for urn in urns}


def takes(selection: Selection, *registrations: Registration) -> list[bool]:
    choice = Choice(selection)
    taken: set[Urn] = set()
    left: set[Urn] = set()
    return [choice.takes(one, taken=taken, left=left) for one in registrations]


def declared() -> tuple[Registration, ...]:
    user = replace(a_registration("b"), dependencies=(a_urn("a"),))
    far = replace(a_registration("c"), dependencies=(a_urn("b"),))
    return a_registration("a"), user, far, a_registration("other")


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), [True, True, True, True]),
        (Selection(targets=("a",)), [True, False, False, False]),
        (Selection(targets=("a",), target_dependents=True), [True, True, True, False]),
        (Selection(excludes=("a",)), [False, True, True, True]),
        (Selection(excludes=("b",), exclude_dependents=True), [True, False, False, True]),
    ],
)
def test_what_is_chosen_takes_part(selection: Selection, expected: list[bool]) -> None:
    assert takes(selection, *declared()) == expected


@pytest.mark.parametrize("selection", [Selection(targets=("a",)), Selection(excludes=("**",))])
def test_the_stack_and_providers_always_take_part(selection: Selection) -> None:
    stack = a_registration("lab-hello", type_=STACK_TYPE)
    provider = a_registration("default", type_="pulumi:providers:test")
    assert takes(selection, stack, provider) == [True, True]


def test_who_uses_the_provider_of_a_target_needs_the_target() -> None:
    provider = a_registration("mine", type_="pulumi:providers:test")
    user = replace(a_registration("a"), provider=f"{provider.urn}::id-1")
    selection = Selection(targets=("mine",), target_dependents=True)
    assert takes(selection, provider, user) == [True, True]


@pytest.mark.parametrize(
    ("selection", "spared"),
    [
        (Selection(), set()),
        (Selection(targets=("b",)), {"a", "other"}),  # what stands on a target goes with it
        (Selection(excludes=("b",)), {"a", "b"}),  # what it stands on stays with it
        (Selection(excludes=("b",), exclude_dependents=True), {"a", "b", "c"}),
    ],
)
def test_what_is_not_chosen_is_not_deleted(selection: Selection, spared: set[str]) -> None:
    assert names(Choice(selection).spared(a_chain())) == spared


@pytest.mark.parametrize(
    ("selection", "seen"),
    [
        (Selection(), ["a", "b", "c", "other"]),
        (Selection(targets=("b",)), ["b"]),
        (Selection(targets=("b",), target_dependents=True), ["b", "c"]),
        (Selection(excludes=("b",)), ["a", "c", "other"]),
        (Selection(excludes=("b",), exclude_dependents=True), ["a", "other"]),
    ],
)
def test_only_what_is_chosen_is_looked_at(selection: Selection, seen: list[str]) -> None:
    records = Choice(selection).looked_at(a_chain().records)
    assert [record.urn.rpartition("::")[2] for record in records] == seen


@pytest.mark.parametrize(
    ("selection", "seen"),
    [
        (Selection(excludes=("**::new",), exclude_dependents=True), ["beside"]),
        (Selection(targets=("**::new",), target_dependents=True), ["old", "new"]),
    ],
)
def test_what_came_first_may_follow_what_came_later(selection: Selection, seen: list[str]) -> None:
    # given
    new = a_record("new", order=3)
    old = a_record("old", dependencies=(new.urn,), order=1)  # depends on it since an update

    # when
    records = Choice(selection).looked_at([old, a_record("beside", order=2), new])

    # then
    assert [name_of(one.urn) for one in records] == seen


def test_what_would_go_with_a_target_has_to_be_chosen_too() -> None:
    going = [a_change("a", action=Action.DELETE), a_change("b", action=Action.DELETE)]
    with pytest.raises(ExperimentError, match="b stands on a target"):
        Choice(Selection(targets=("a",))).raise_unchosen(going)
    Choice(Selection(targets=("a",), target_dependents=True)).raise_unchosen(going)
    Choice(Selection(targets=("a", "b"))).raise_unchosen(going)


def test_a_new_object_is_only_asked_for_of_what_is_recorded() -> None:
    Choice(Selection(targets=("new",))).raise_unmet(a_chain(), [a_urn("new")])
    with pytest.raises(UsageProblem, match="there is no resource 'new'"):
        Choice(Selection(replaces=("new",))).raise_unmet(a_chain(), [a_urn("new")])


def test_nothing_can_be_chosen_of_a_stack_that_was_never_applied() -> None:
    choice = Choice(Selection(targets=("**",)))
    with pytest.raises(UsageProblem, match="never applied"):
        choice.raise_unmet_in(replace(a_snapshot(), serial=0))
    choice.raise_unmet_in(a_snapshot(serial=3))
