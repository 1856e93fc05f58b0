"""What is done about an import in the place of something that is recorded."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Change, Step
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.asks import Refusal
from cloudmesh_iac.engine.importing import with_import
from tests.builders import a_change, a_record, a_urn

HEAD = a_urn("head")
SAME = a_change("head", Action.SAME, creation=4)
UPDATED = replace(SAME, action=Action.UPDATE, steps=(Step(Op.UPDATE, HEAD, 4),))


@pytest.mark.parametrize(("change", "updates"), [(SAME, ()), (UPDATED, UPDATED.steps)])
def test_what_is_not_recorded_is_imported_and_then_updated(
    change: Change, updates: tuple[Step, ...]
) -> None:
    found = with_import(change, None, None)

    assert isinstance(found, Change)
    assert found.action is Action.IMPORT
    assert found.steps == (Step(Op.IMPORT, HEAD, 4), *updates)


@pytest.mark.parametrize("former", [None, a_urn("before")], ids=["same name", "renamed"])
@pytest.mark.parametrize(
    ("external", "removal"), [(False, Op.DELETE_REPLACED), (True, Op.DISCARD_REPLACED)]
)
def test_the_old_object_goes_last_by_its_number_and_its_recorded_name(
    *, external: bool, removal: Op, former: Urn | None
) -> None:
    # given
    old = replace(a_record("head", creation=3), external=external)

    # when
    found = with_import(UPDATED, old, former)

    # then
    assert isinstance(found, Change)
    assert found.action is Action.REPLACE
    assert [step.op for step in found.steps[:2]] == [Op.IMPORT_REPLACEMENT, Op.REPLACE]
    assert found.steps[2:] == (*UPDATED.steps, Step(removal, former or HEAD, 3))
    assert (found.reasons[0].key, found.reasons[0].old) == ("import_", "head-3")


def test_what_has_made_room_already_is_not_deleted_again() -> None:
    old = replace(a_record("head"), pending_replacement=True)

    found = with_import(SAME, old, None)

    assert isinstance(found, Change)
    assert [step.op for step in found.steps] == [Op.IMPORT_REPLACEMENT, Op.REPLACE]


def test_something_protected_does_not_give_way_to_an_import() -> None:
    found = with_import(SAME, a_record("head", protect=True), None)

    assert isinstance(found, Refusal)
    assert "protected" in found.message
