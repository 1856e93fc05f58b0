"""A person chooses what takes part in a preview, an up or a destroy, and asks for new objects."""

from dataclasses import replace

import pytest

from tests.integration.boxes import Boxes
from tests.integration.cli import Cmx

TWO = """
head = Box("head", colour=COLOUR)
disk = Box("disk", size=head.area, colour=COLOUR)
"""


@pytest.fixture
def boxes(cmx: Cmx) -> Boxes:
    return Boxes(cmx)


def test_only_a_target_changes_and_the_plan_says_what_was_left_out(boxes: Boxes) -> None:
    # given
    boxes.write(TWO.replace("COLOUR", "'red'"))
    boxes.up()
    boxes.write(TWO.replace("COLOUR", "'blue'"))

    # when
    preview = boxes.cmx("preview", "boxes", "--target", "head")
    boxes.cmx("up", "boxes", "--yes", "--target", "head")

    # then
    assert "1 to update" in preview.stdout
    assert "left out, so nobody asked whether it would change: disk" in preview.stdout
    assert boxes.did() == ["update head"]
    assert "1 to update, 1 unchanged" in boxes.cmx("preview", "boxes").stdout


def test_a_pattern_with_what_needs_it_and_all_but_one(boxes: Boxes) -> None:
    # given
    boxes.write(TWO.replace("COLOUR", "'red'") + "Box('other', colour='red')\n")
    boxes.up()
    boxes.write(TWO.replace("COLOUR", "'blue'") + "Box('other', colour='blue')\n")

    # when
    boxes.cmx("up", "boxes", "--yes", "--target", "he*", "--target-dependents")
    followed = boxes.did()
    boxes.write(TWO.replace("COLOUR", "'green'") + "Box('other', colour='green')\n")
    boxes.cmx("up", "boxes", "--yes", "--exclude", "head", "--exclude-dependents")

    # then
    assert followed == ["update head", "update disk"]
    assert boxes.did() == ["update other"]


def test_a_new_object_is_made_when_somebody_asks_for_it(boxes: Boxes) -> None:
    # given
    boxes.write(TWO.replace("COLOUR", "'red'"))
    boxes.up()

    # when
    preview = boxes.cmx("preview", "boxes", "--replace", "disk")
    boxes.cmx("up", "boxes", "--yes", "--replace", "disk")

    # then
    assert "1 to replace" in preview.stdout
    assert "asked for" in preview.stdout
    assert boxes.did() == ["create disk", "delete disk"]


def test_a_target_is_destroyed_with_what_needs_it_if_that_is_said(boxes: Boxes) -> None:
    # given
    boxes.write(TWO.replace("COLOUR", "'red'") + "Box('other')\n")
    boxes.up()

    # when
    refused = boxes.cmx("destroy", "boxes", "--yes", "--target", "head", code=1)
    untouched = boxes.did()
    boxes.cmx("destroy", "boxes", "--yes", "--target", "head", "--target-dependents")

    # then
    assert "disk stands on a target and would be deleted with it" in refused.stderr
    assert "--target-dependents" in refused.stderr
    assert untouched == []
    assert boxes.did() == ["delete disk", "delete head"]
    assert "1 unchanged" in boxes.cmx("preview", "boxes", "--target", "other").stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--target", "haed"), ["'haed'", "did you mean 'head'?", "cmx status --all"]),
        (("--replace", "shelf"), ["'shelf' is a component", "name its parts"]),
        (("--target", "head", "--exclude", "disk"), ["--target and --exclude do not go together"]),
        (("--target-dependents",), ["--target-dependents needs --target"]),
    ],
)
def test_a_wrong_choice_is_one_clear_error(
    boxes: Boxes, options: tuple[str, ...], words: list[str]
) -> None:
    # given
    boxes.write(TWO.replace("COLOUR", "'red'") + "Shelf('shelf')\n")
    boxes.up()

    # when
    said = boxes.cmx("up", "boxes", "--yes", *options, code=64)

    # then
    assert boxes.did() == []
    for word in words:
        assert word in "\n".join(said.error)


def test_a_target_that_needs_something_new_says_what(boxes: Boxes) -> None:
    # given
    boxes.write("Box('first')\n")
    boxes.up()
    boxes.write("Box('first')\n" + TWO.replace("COLOUR", "'red'"))

    # when
    said = boxes.cmx("up", "boxes", "--yes", "--target", "disk", code=1)

    # then
    assert "it needs head, which is new and left out" in "\n".join(said.error)
    assert "boxes.py:" in "\n".join(said.error)
    assert boxes.did() == []


def test_names_of_what_is_recorded_complete(boxes: Boxes) -> None:
    # given
    boxes.write(TWO.replace("COLOUR", "'red'"))
    boxes.up()

    # when
    asked = {"_CMX_COMPLETE": "complete_bash", "COMP_CWORD": "4"}
    asked["COMP_WORDS"] = "cmx up boxes --target h"
    said = replace(boxes.cmx, environment={**boxes.cmx.environment, **asked})()

    # then
    assert said.stdout.split() == ["head"]
