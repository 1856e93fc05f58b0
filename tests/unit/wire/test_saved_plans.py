"""Plans in files: what counts as moved, and what can be read back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import (
    Cause,
    Change,
    Detail,
    DetailKind,
    ExpectedStart,
    Plan,
    Reason,
    Step,
)
from cloudmesh_iac.core.records import Parameter
from cloudmesh_iac.core.registrations import Source
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import UNKNOWN, Asset, AssetKind, Secret
from cloudmesh_iac.errors import PlanBroken, UsageProblem
from cloudmesh_iac.views.plan_json import plan_dict, plan_digest
from cloudmesh_iac.wire.plan_reading import to_plan
from cloudmesh_iac.wire.saved_plans import (
    SavedPlan,
    SavedSecret,
    is_same,
    moved,
    read_saved_plan,
    to_text,
)
from tests.builders import STACK, a_urn

PLAN = Plan(
    stack=STACK,
    base_serial=4,
    program="stacks/hello.py",
    program_digest="d1",
    parameters=(Parameter("repeats", "3", "3", "int", "default"),),
    outputs={"address": UNKNOWN},
    left_out=(a_urn("other"),),
    changes=(
        Change(
            a_urn("head"),
            ResourceType("cmx:index:Thing"),
            Action.UPDATE,
            reasons=(Reason(Cause.FIELD, "size", 1, 2, note="why"),),
            losses=("its disk",),
            steps=(Step(Op.UPDATE, a_urn("head"), 2),),
            source=Source("stacks/hello.py", 12),
            inputs={"size": 2, "file": Asset(AssetKind.PATH, "a.txt", "00"), "at": (UNKNOWN, None)},
            details=(Detail("size", DetailKind.UPDATE),),
            creation=1,
        ),
    ),
)


def a_saved(plan: Plan = PLAN, **fields: object) -> SavedPlan:
    return SavedPlan(plan=dict(plan_dict(plan)), **fields)


def test_a_plan_is_read_as_it_was_written() -> None:
    assert plan_dict(to_plan(plan_dict(PLAN))) == plan_dict(PLAN)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    # given
    file = tmp_path / "x.plan"
    file.write_text(to_text(a_saved(on="sim", options={"repeats": "3"})))

    # when
    found = read_saved_plan(file)

    # then
    assert (found.on, found.options, found.stack) == ("sim", {"repeats": "3"}, STACK.name)
    assert found.plan == plan_dict(PLAN)


def test_an_edited_file_and_one_of_another_version_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.plan"
    file.write_text(to_text(a_saved()).replace("its disk", "nothing"))
    with pytest.raises(PlanBroken, match="digest does not fit"):
        read_saved_plan(file)
    file.write_text(to_text(a_saved()).replace('"version": 1', '"version": 2', 1))
    with pytest.raises(UsageProblem, match="version"):
        read_saved_plan(file)


@pytest.mark.parametrize(
    ("before", "now", "is_moved"),
    [
        (SavedSecret(text="t1", hmac="h1"), SavedSecret(text="t1", hmac="h1"), False),
        (SavedSecret(text="t1", hmac="h1"), SavedSecret(text="t2", hmac="h1"), False),
        (SavedSecret(text="t1", hmac="h1"), SavedSecret(text="t2", hmac="h2"), True),
        (SavedSecret(text="t1"), SavedSecret(text="t1", hmac="h1"), False),
        (SavedSecret(text="t1"), SavedSecret(text="t2", hmac="h1"), True),
        (SavedSecret(text="t1"), SavedSecret(text="t2"), True),
        (SavedSecret(text="t1"), None, True),
        (None, SavedSecret(text="t1"), True),
    ],
)
def test_a_secret_setting_has_moved_when_its_value_has(
    before: SavedSecret | None, now: SavedSecret | None, *, is_moved: bool
) -> None:
    # given
    saved, again = (
        a_saved(secret_settings={} if one is None else {"lab:token": one}) for one in (before, now)
    )

    # then
    words = ("the secret setting lab:token has changed",) if is_moved else ()
    assert moved(saved, again) == words


def test_nothing_has_moved_in_the_same_plan() -> None:
    assert moved(a_saved(), a_saved()) == ()


def test_another_guess_when_a_job_may_start_moves_nothing() -> None:
    # given
    eight = datetime(2026, 3, 1, 8, tzinfo=UTC)
    plans = [
        replace(PLAN, changes=tuple(replace(one, expected_start=start) for one in PLAN.changes))
        for start in (None, *(ExpectedStart(eight + timedelta(hours=n), eight) for n in (1, 2)))
    ]

    # then
    assert moved(a_saved(plans[1]), a_saved(plans[2])) == ()
    assert moved(a_saved(plans[0]), a_saved(plans[2])) == ()
    assert len({plan_digest(plan) for plan in plans}) == 1


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (Plan(STACK, 5, PLAN.changes), "the stack has changed: serial 4 is 5"),
        (Plan(STACK, 4, PLAN.changes, program_digest="d2"), "the program has changed"),
        (Plan(STACK, 4, PLAN.changes), "the parameter repeats has changed"),
        (Plan(STACK, 4, ()), f"update is nothing now: {a_urn('head')}"),
        (Plan(STACK, 4, PLAN.changes), "outputs of the plan has changed"),
    ],
)
def test_what_has_moved_is_said(now: Plan, words: str) -> None:
    assert words in moved(a_saved(), a_saved(now))


def test_settings_and_plugins_may_move_too() -> None:
    assert moved(a_saved(), a_saved(lock="l2", settings="s2")) == (
        "cmx.lock has changed",
        "a setting, a site or an input file has changed",
    )


def test_a_secret_of_which_nothing_is_told_may_be_any() -> None:
    told, other = {"secret": True, "hmac": "1"}, {"secret": True, "hmac": "2"}
    silent = {"secret": True, "may_have_changed": True}
    assert is_same([told], [silent])
    assert is_same([silent], [other])
    assert not is_same([told], [other])
    assert not is_same([silent], ["in clear"])


def test_a_number_is_no_truth_and_a_list_has_a_length() -> None:
    assert not is_same([1], [True])
    assert not is_same([1], [1, 2])
    assert not is_same({"a": 1}, {"a": 1, "b": 2})


def test_a_secret_is_still_one_when_it_is_read() -> None:
    told = plan_dict(Plan(STACK, 1, (), outputs={"key": Secret("x")}))
    assert isinstance(to_plan(told).outputs["key"], Secret)
