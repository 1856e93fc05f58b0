"""Programs that cannot be: each is refused before anything happens, with the thing and the line."""

import pytest

from tests.integration.boxes import Boxes
from tests.integration.cli import Cmx

BEFORE = "Box('one')\nBox('two')\n"


@pytest.fixture
def boxes(cmx: Cmx) -> Boxes:
    boxes = Boxes(cmx)
    boxes.write(BEFORE)
    boxes.up()
    return boxes


@pytest.mark.parametrize(
    ("program", "words"),
    [
        pytest.param(
            "shelf = Shelf('shelf')\n"
            "Box('one', opts=pulumi.ResourceOptions(parent=shelf, depends_on=[shelf]))\n"
            "Box('two', opts=pulumi.ResourceOptions(depends_on=[shelf]))\n",
            ["circular dependency", "named one"],
            id="cycle",
        ),
        pytest.param(
            "nowhere = 'urn:pulumi:boxes::lab::demo:index:Shelf::nowhere'\n"
            "shelf = Shelf('shelf')\n"
            "shelf.__dict__['urn'] = pulumi.Output.from_input(nowhere)\n"
            "Box('one', opts=pulumi.ResourceOptions(parent=shelf))\n",
            ["one (stacks/boxes.py:LAST): its parent is not declared before it", "::nowhere"],
            id="missing-parent",
        ),
        pytest.param(
            "Box('one')\nBox('one', size=2)\n",
            ["two resources are called 'one'", "boxes.py:LAST1 and stacks/boxes.py:LAST"],
            id="duplicate-urn",
        ),
        pytest.param(
            "Box('a', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='one')]))\n"
            "Box('b', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='one')]))\n",
            [
                "'b' (stacks/boxes.py:LAST) wants to be what 'a' is already",
                "::one",
                "an alias is for one",
            ],
            id="aliases-that-clash",
        ),
        pytest.param(
            "Box('one')\n"
            "Box('a', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name='one')]))\n",
            ["'a' (stacks/boxes.py:LAST) wants to be what 'one' is already", "take it off"],
            id="alias-of-something-declared",
        ),
        pytest.param(
            "Box('one', opts=pulumi.ResourceOptions(ignore_changes=['size[', 'colour..x']))\n",
            ["one (stacks/boxes.py:LAST)", "ignore_changes", "'size['", "'colour..x'"],
            id="bad-ignore-changes",
        ),
        pytest.param(
            "Box('one', opts=pulumi.ResourceOptions(replace_on_changes=['[x]']))\n",
            ["one (stacks/boxes.py:LAST)", "replace_on_changes", "'[x]'"],
            id="bad-replace-on-changes",
        ),
        pytest.param(
            "Box('one', size='bad', colour='bad')\nBox('two', size='bad')\n",
            [
                "one (stacks/boxes.py:LAST1): size: is not good; colour: is not good",
                "two (stacks/boxes.py:LAST): size: is not good",
            ],
            id="check-failures",
        ),
    ],
)
def test_it_is_refused_whole(boxes: Boxes, program: str, words: list[str]) -> None:
    # given
    last = boxes.write(program)

    # when
    said = boxes.cmx("up", "boxes", "--yes", code=1)

    # then
    text = "\n".join(said.error)
    for word in words:
        assert word.replace("LAST1", str(last - 1)).replace("LAST", str(last)) in text
    assert "Traceback" not in said.all
    assert boxes.did() == []
