"""What was decided once stays, as long as the program asks the same."""

from typing import Any

import pytest

from cloudmesh_iac.providers.choices.handlers import ChoiceHandler
from cloudmesh_iac.providers.dynamic.seed import CURRENT_NUMBER

ASKED_NOTHING: dict[str, Any] = {
    "asked": {},
    "found": {"image": "rocky-9"},
    "origins": {"image": "default"},
    "schema": "lab-vm-{counter}",
}


def checked(olds: dict[str, Any], *, number: int | None = 3, **news: Any) -> dict[str, Any]:
    token = CURRENT_NUMBER.set(number)
    try:
        result = ChoiceHandler().check(olds, {**ASKED_NOTHING, **news})
    finally:
        CURRENT_NUMBER.reset(token)
    assert not result.failures
    inputs: dict[str, Any] = result.inputs
    return inputs


def test_a_new_choice_is_what_was_found_and_gets_a_name() -> None:
    inputs = checked({})
    assert inputs["found"] == {"image": "rocky-9"}
    assert (inputs["name"], inputs["number"]) == ("lab-vm-3", 3)


def test_another_default_changes_nothing() -> None:
    # given
    olds = checked({})

    # when
    found = {"image": "ubuntu-24.04"}
    inputs = checked(olds, number=9, found=found, origins={"image": "other default"})

    # then
    assert inputs == olds
    assert ChoiceHandler().diff("id", olds, inputs).changes is False


@pytest.mark.parametrize("asked", ["ubuntu-24.04", "ubuntu*"])
def test_another_question_gets_its_own_answer(asked: str) -> None:
    # given
    olds = checked({})

    # when
    found, origins = {"image": "ubuntu-24.04"}, {"image": "program"}
    inputs = checked(olds, asked={"image": asked}, found=found, origins=origins)

    # then
    assert (inputs["found"], inputs["origins"]) == (found, origins)
    assert inputs["name"] == olds["name"]
    assert ChoiceHandler().diff("id", olds, inputs).changes is True


def test_a_name_that_the_program_gives_is_taken_as_it_is() -> None:
    assert checked(checked({}), name="Head_1")["name"] == "Head_1"


def test_an_engine_that_does_not_count_gets_a_name_that_no_other_has() -> None:
    first, second = checked({}, number=None), checked({}, number=None)
    assert first["name"] != second["name"]
    assert checked(first, number=None)["name"] == first["name"]


def test_what_a_site_does_not_have_refuses_a_new_decision_only() -> None:
    # given
    doubts = {"image": "site lab has no image 'rocky-9': did you mean 'rocky-10'?"}
    olds = checked({})

    # when
    kept = checked(olds, doubts=doubts)
    refused = ChoiceHandler().check({}, {**ASKED_NOTHING, "name": "head", "doubts": doubts})
    asked = {"asked": {"image": "rocky-8"}, "found": {"image": "rocky-8"}, "doubts": doubts}
    changed = ChoiceHandler().check(olds, {**ASKED_NOTHING, **asked})

    # then
    assert "doubts" not in kept
    for one in (refused, changed):
        assert [(said.property, said.reason) for said in one.failures] == [*doubts.items()]
