"""What previews say of a pull request in a word, and in a line."""

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.views.plan_markdown import Foot, NoPlan, Section
from cloudmesh_iac.views.verdict import (
    CHANGES,
    DANGER,
    FAILS,
    LABELS,
    NOTHING,
    label_of,
    status_text,
)
from cloudmesh_iac.views.words import CHOICE
from tests.builders import a_change, a_plan


def of(*changes: Change) -> Section:
    return a_plan(*changes), Foot()


@pytest.mark.parametrize(
    ("sections", "label"),
    [
        ([of(a_change("a", Action.SAME))], NOTHING),
        ([of(a_change("a", Action.SAME)), of(a_change("b"))], CHANGES),
        ([of(a_change("a")), of(a_change("b", Action.DELETE))], DANGER),
        ([of(a_change("a", Action.UPDATE, losses=("its disk is lost",)))], DANGER),
        ([of(a_change("a", Action.DELETE)), NoPlan("broken", "no")], FAILS),
    ],
)
def test_the_worst_of_all_previews_is_the_label(sections: list[Section], label: str) -> None:
    assert label_of(sections) == label
    assert label in LABELS


def test_what_was_decided_for_a_thing_that_stays_is_no_danger_when_it_goes() -> None:
    kept = a_change("head", Action.FORGET), a_change("head", Action.DELETE, type_=CHOICE)
    assert label_of([of(*kept)]) == CHANGES


def test_a_line_names_each_program() -> None:
    sections = [of(a_change("a"), a_change("b")), NoPlan("broken", "no"), of()]
    assert status_text(sections) == "hello: 2 to create; broken: failed; hello: nothing declared"
