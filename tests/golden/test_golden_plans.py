"""Plans of many situations in every view, against the files that somebody has looked at.

One page is kept whole. The others have a mark where they hold the same, or another golden file.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.views.graph import folded, graph_of
from cloudmesh_iac.views.graph_mermaid import graph_mermaid
from cloudmesh_iac.views.graph_svg import graph_svg
from cloudmesh_iac.views.page_parts import SCRIPT, STYLE
from cloudmesh_iac.views.plan_html import plan_html
from cloudmesh_iac.views.plan_json import json_text, plan_dict
from cloudmesh_iac.views.plan_markdown import LONGEST, Foot, plan_markdown
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.schema import schema_text
from cloudmesh_iac.views.values_json import told_apart
from cloudmesh_iac.views.words import one_line
from cloudmesh_iac.wire.plan_reading import to_plan
from tests.golden.situations import CANARY, SITUATIONS, Rebuilding
from tests.lifecycle.world import World
from tests.unit.views.builders import printed

FOOT = Foot("0a1b", "cmx up --plan hello.plan", is_exact=True)
WHOLE = "replace_chain"
# What every other page has the same, once its own digests and its picture are marked.
HEAD = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src '{digest of style}'; script-src '{digest of script}'">
<meta name="viewport" content="width=device-width, initial-scale=1">"""
GRAPH = """\
<section><h2>What stands on what</h2>
<div class="zoom"><button type="button" value="0.8">&minus;</button>
<button type="button" value="1.25">+</button>
<button type="button" value="0">fit</button></div>
<div class="graph">{picture}</div>
</section>"""
LARGE = {"ten_thousand_changes"}  # their JSON and page are megabytes: looked at, and not kept
PAGE = MarkdownIt("commonmark", {"html": True}).enable("table")


def views(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield every view of a plan, with the ending of its file."""
    graph = folded(graph_of(plan))
    yield "txt", printed(plan_text(plan))
    yield "md", plan_markdown(plan, FOOT)
    yield "json", json_text(plan_dict(plan))
    yield "html", plan_html(plan, FOOT)
    yield "svg", graph_svg(graph, str(plan.stack))
    yield "mmd", graph_mermaid(graph)


@pytest.fixture(scope="module", params=SITUATIONS)
def shown(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Plan, dict[str, str]]:
    """Return the name of a situation, its plan, and the views of it by ending."""
    name: str = request.param
    world = World(tmp_path_factory.mktemp("world"))
    world.things = Rebuilding()
    # how many commits a run needed is chance: several changes may share one
    plan = replace(SITUATIONS[name](world), base_serial=7)
    folder = str(world.folder)
    return name, plan, {ending: text.replace(folder, "/site") for ending, text in views(plan)}


Shown = tuple[str, Plan, dict[str, str]]


def kept(name: str, texts: dict[str, str]) -> dict[str, str]:
    """Return what the files of a situation hold, by ending."""
    if name in LARGE:
        return {ending: texts[ending] for ending in ("txt", "md", "svg", "mmd")}
    return texts if name == WHOLE else {**texts, "html": with_marks(texts)}


def with_marks(texts: dict[str, str]) -> str:
    page, picture = texts["html"], texts["svg"]
    if "<svg" in page:
        page = marked(page, picture, "{picture}")
        page = marked(page, GRAPH, "{graph}")
    for text, mark in (
        (STYLE, "{style}"),
        (SCRIPT, "{script}"),
        (digest(STYLE), "{digest of style}"),
        (digest(SCRIPT), "{digest of script}"),
        (HEAD, "{head}"),
        (f"<pre>{escape(texts['txt'].rstrip())}</pre>", "{text}"),
    ):
        page = marked(page, text, mark)
    return page


def marked(page: str, text: str, mark: str) -> str:
    assert page.count(text) == 1, mark
    return page.replace(text, mark)


def digest(text: str) -> str:
    """Return what a content security policy calls a script or a style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def test_every_view_is_the_one_that_was_looked_at(
    shown: Shown, same_as_golden: Callable[[str, str], None]
) -> None:
    name, _, texts = shown
    for ending, text in kept(name, texts).items():
        same_as_golden(f"{name}.{ending}", text)


@pytest.mark.timeout(600)  # ten thousand changes are a long document
def test_the_json_is_as_its_schema_says_and_reads_back(shown: Shown) -> None:
    # given
    _, plan, texts = shown
    schema = jsonschema.Draft202012Validator(json.loads(schema_text("plan")))
    told = plan_dict(plan, told_apart(lambda value: f"{len(str(value))} characters"))

    # then
    schema.validate(json.loads(texts["json"]))
    schema.validate(told)
    again = to_plan(told)
    assert [change.urn for change in again.changes] == [change.urn for change in plan.changes]
    assert plan_markdown(again) == plan_markdown(plan)


def test_a_comment_is_short_enough_and_names_or_counts_what_is_dangerous(shown: Shown) -> None:
    # given
    _, plan, texts = shown
    comment = texts["md"]
    tokens = PAGE.parse(comment)
    told = " ".join(
        child.content
        for token in tokens
        for child in token.children or ()
        if child.type == "code_inline"
    )

    # then
    assert len(comment) < LONGEST
    gone = [one for one in plan.changes if one.action in {Action.REPLACE, Action.DELETE}]
    things = [one for one in gone if one.custom]
    unnamed = [one for one in things if one_line(name_of(one.urn)).strip() not in told]
    assert not unnamed or f"{len(things):,}" in comment or "more" in comment


def test_no_view_tells_a_secret(shown: Shown) -> None:
    _, _, texts = shown
    assert [ending for ending, text in texts.items() if CANARY in text] == []


def test_pictures_are_xml_and_pages_ask_nobody_for_anything(shown: Shown) -> None:
    # given
    _, _, texts = shown
    root = ElementTree.fromstring(texts["svg"])
    page = Asked()
    page.feed(texts["html"])

    # then
    assert root.tag.endswith("svg")
    assert not [one for one in root.iter() if one.tag.endswith(("script", "image", "a"))]
    assert page.scripts == 1
    assert page.addresses == []


class Asked(HTMLParser):
    """What a page would load, and how many scripts it has."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.addresses += [f"{tag} {key}" for key, _ in attrs if key in {"src", "href", "action"}]
        assert not any(key.startswith("on") for key, _ in attrs)


def test_no_golden_file_is_left_of_a_situation_that_is_gone(golden_folder: Path) -> None:
    assert {file.stem for file in golden_folder.iterdir()} == SITUATIONS.keys()


def test_there_are_situations_enough() -> None:
    assert len(SITUATIONS) >= 30
