"""`cmx graph`, pages of plans, and the events of a run in a file."""

import json
from xml.etree import ElementTree

import jsonschema
import pytest

from cloudmesh_iac.views.schema import schema_text
from tests.integration.cli import Cmx

PROGRAM = """
import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Boxes(ResourceProvider):
    def create(self, props):
        if props["size"] == 13:
            raise ValueError("too unlucky")
        return CreateResult("b", dict(props))

    def diff(self, id, old, new):
        return DiffResult(changes=old["size"] != new["size"], replaces=["size"])


class Box(Resource):
    size: pulumi.Output

    def __init__(self, name, size, **options):
        super().__init__(Boxes(), name, {"size": size}, pulumi.ResourceOptions(**options))


first = Box("first", SIZE)
second = Box("second", first.size)
Box("other", 1)
"""


@pytest.fixture
def boxes(cmx: Cmx) -> Cmx:
    cmx.program(PROGRAM.replace("SIZE", "1"))
    return cmx


def nodes(svg: str) -> int:
    return sum(one.get("class") == "node" for one in ElementTree.fromstring(svg).iter())


def test_a_graph_shows_what_stands_on_what(boxes: Cmx) -> None:
    # when
    svg, mermaid = boxes("graph").stdout, boxes("graph", "--mermaid").stdout

    # then
    assert nodes(svg) == 3
    assert svg.count('class="edge"') == 1
    assert mermaid.startswith("flowchart LR\n")
    assert mermaid.count(" --> ") == 1
    assert svg == boxes("graph").stdout


def test_a_part_of_a_graph_is_drawn(boxes: Cmx) -> None:
    # given
    boxes("up", "--yes")
    boxes.program(PROGRAM.replace("SIZE", "2"))

    # then
    assert nodes(boxes("graph", "--changed").stdout) == 2
    assert nodes(boxes("graph", "--around", "other").stdout) == 1
    assert nodes(boxes("graph", "--around", "fir*").stdout) == 2
    assert "did you mean 'second'?" in boxes("graph", "--around", "secnd", code=64).stderr


def test_what_is_recorded_is_drawn_without_the_program(boxes: Cmx) -> None:
    # given
    boxes("up", "--yes")
    boxes.program("raise ValueError")

    # when
    boxes("graph", "--recorded", "--output", "now.svg")

    # then
    svg = (boxes.project / "now.svg").read_text()
    assert (nodes(svg), svg.count('class="edge"')) == (3, 1)
    assert "leave --recorded away" in boxes("graph", "--recorded", "--changed", code=64).stderr


def test_a_saved_plan_is_drawn_too(boxes: Cmx) -> None:
    boxes("preview", "--save", "p.plan")
    boxes.program("raise ValueError")
    assert nodes(boxes("graph", "--plan", "p.plan").stdout) == 3


def test_a_page_of_a_plan_is_written_whole_or_not_at_all(boxes: Cmx) -> None:
    # when
    boxes("preview", "--html", "plan.html")
    refused = boxes("preview", "--html", "no/such/folder.html", code=64)

    # then
    page = (boxes.project / "plan.html").read_text()
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert "second" in page
    assert "cannot be written" in refused.stderr
    assert [one.name for one in boxes.project.iterdir() if "html" in one.name] == ["plan.html"]


def test_events_stand_in_a_file_line_by_line(boxes: Cmx) -> None:
    # given
    schema = jsonschema.Draft202012Validator(json.loads(schema_text("event")))
    boxes.program(PROGRAM.replace("SIZE", "13"))

    # when
    boxes("up", "--yes", "--events", "run.jsonl", code=1)

    # then
    told = [json.loads(line) for line in (boxes.project / "run.jsonl").read_text().splitlines()]
    for one in told:
        schema.validate(one)
    kinds = [one["event"] for one in told]
    assert kinds[-1] == "ended"
    assert told[-1]["result"] == "failed"
    assert {"started", "done", "failed", "skipped"} <= {*kinds}
    failed = next(one for one in told if one["event"] == "failed")
    assert "too unlucky" in failed["message"]


def test_events_without_a_folder_for_them_are_refused_before_anything(boxes: Cmx) -> None:
    assert "cannot be written" in boxes("up", "--yes", "--events", "no/run", code=64).stderr
    boxes.assert_untouched()


def test_schemas_are_printed(boxes: Cmx) -> None:
    for words in (("plan", "schema"), ("plan", "schema", "--events")):
        jsonschema.Draft202012Validator.check_schema(boxes(*words).json())
    plan = boxes("preview", "--json").json()
    jsonschema.Draft202012Validator(boxes("plan", "schema").json()).validate(plan)
