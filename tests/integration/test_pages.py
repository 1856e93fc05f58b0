"""Pages and pictures of plans in a real browser."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.views.graph import graph_of
from cloudmesh_iac.views.graph_mermaid import graph_mermaid
from cloudmesh_iac.views.graph_svg import graph_svg
from cloudmesh_iac.views.plan_html import plan_html
from tests.builders import a_change, a_plan
from tests.golden.situations import nasty_names, replace_chain
from tests.lifecycle.world import World
from tests.rigs.browser import Browser, a_browser
from tests.rigs.mermaid import mermaid_script
from tests.rigs.starting import CannotStart, refuse
from tests.unit.views import plans

GOLDEN = Path(__file__).parents[1] / "golden" / "plans"
ROWS = "return [...document.querySelectorAll('tbody tr')].filter(row => !row.hidden).length"


def pairs(number: int) -> Plan:
    """Return a plan of servers, each with a name of its own: none is like another."""
    servers = [a_change(f"vm-{n}", Action.REPLACE) for n in range(number)]
    names = [
        replace(a_change(f"dns-{n}", Action.UPDATE), needs=(server.urn,))
        for n, server in enumerate(servers)
    ]
    return a_plan(*servers, *names)


def a_page(plan: Plan, folder: Path) -> Path:
    page = folder / "plan.html"
    page.write_text(plan_html(plan), encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    try:
        with a_browser(tmp_path_factory.mktemp("browser")) as found:
            yield found
    except CannotStart as error:
        refuse("browser", str(error))


def test_a_page_filters_its_changes(browser: Browser, tmp_path: Path) -> None:
    # given
    browser.open(a_page(plans.everything(), tmp_path))
    assert browser.run(ROWS) == 12

    # when
    browser.click('.filter input[value="delete"]')
    without_deletes = browser.run(ROWS)
    browser.type(".filter input[type=search]", "ROCKY-9")

    # then
    assert without_deletes == 9
    assert browser.run(ROWS) == 1
    assert browser.run("return document.querySelector('output').textContent") == "1 of 12"
    assert browser.complaints() == []


def test_a_click_on_a_box_shows_what_it_is_tied_to(browser: Browser, tmp_path: Path) -> None:
    # given head, tail, last and reader in a row
    browser.open(a_page(replace_chain(World(tmp_path)), tmp_path))

    # when
    browser.click('.graph .node[data-node="1"]')

    # then
    near = "return document.querySelectorAll('.graph .node.near').length"
    assert browser.run(near) == 4
    assert browser.run("return document.querySelectorAll('.edge.near').length") == 3
    assert browser.complaints() == []


def test_names_that_are_html_stay_names(browser: Browser, tmp_path: Path) -> None:
    browser.open(a_page(nasty_names(World(tmp_path)), tmp_path))
    cell = browser.run("return document.querySelector('tbody td:nth-child(2)').textContent")
    assert cell == "thing </script><script>alert(1)</script>"
    assert browser.run("return document.scripts.length") == 1
    assert browser.complaints() == []


def test_a_thousand_things_can_be_drawn_and_zoomed(browser: Browser, tmp_path: Path) -> None:
    # given
    plan = pairs(500)
    picture = tmp_path / "hello.svg"
    picture.write_text(graph_svg(graph_of(plan), "hello"), encoding="utf-8")

    # when
    browser.open(picture)
    boxes = browser.run("return document.querySelectorAll('.node').length")
    overlaps = browser.run(
        """
        const boxes = [...document.querySelectorAll(".node rect")].map(one => one.getBBox());
        const places = new Set(boxes.map(box => `${box.x} ${box.y}`));
        return boxes.length - places.size;
        """
    )
    browser.open(a_page(plan, tmp_path))
    browser.click('.zoom button[value="0"]')

    # then
    assert (boxes, overlaps) == (1000, 0)
    assert browser.run("return document.querySelectorAll('.edge').length") == 500
    assert browser.run(ROWS) == 1000
    fits = "const g = document.querySelector('.graph'); return g.scrollWidth <= g.clientWidth + 1"
    assert browser.run(fits) is True
    assert browser.complaints() == []


@pytest.fixture(scope="module")
def drawing(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """A page that has Mermaid, and nothing else."""
    try:
        script = mermaid_script()
    except CannotStart as error:
        refuse("mermaid", str(error))
    page = tmp_path_factory.mktemp("mermaid") / "page.html"
    script_tag = f'<script src="{script.as_uri()}"></script>'
    page.write_text(f'<!doctype html><meta charset="utf-8"><body>{script_tag}</body>')
    browser.open(page)
    return browser


def ask_mermaid(browser: Browser, charts: Mapping[str, str], script: str) -> dict[str, Any]:
    """Ask Mermaid about each `text`, with its own rules for pages of strangers.

    Return by name what the script returns, else what Mermaid complains of.
    """
    found: dict[str, Any] = browser.run(
        f"""
        mermaid.initialize({{startOnLoad: false, securityLevel: "strict"}});
        const ask = async (text, number) => {{ {script} }};
        return (async () => {{
          const found = {{}};
          for (const [name, text] of Object.entries({json.dumps(charts)})) {{
            try {{ found[name] = await ask(text, Object.keys(found).length); }}
            catch (error) {{ found[name] = String(error); }}
          }}
          return found;
        }})();
        """
    )
    return found


READ = """
const {db} = await mermaid.mermaidAPI.getDiagramFromText(text);
return [db.getVertices().size, db.getEdges().length];
"""
DRAW = """
const {svg} = await mermaid.render(`chart${number}`, text);
const page = new DOMParser().parseFromString(svg, "text/html");
return {
  texts: [...page.querySelectorAll(".node .nodeLabel")].map(one => one.textContent),
  active: page.querySelectorAll("a, script, img, iframe").length,
};
"""


def test_mermaid_itself_reads_every_golden_plan(drawing: Browser) -> None:
    # given
    charts = {file.stem: file.read_text() for file in sorted(GOLDEN.glob("*.mmd"))}
    assert len(charts) >= 30

    # when
    found = ask_mermaid(drawing, charts, READ)

    # then
    assert found == {
        name: [text.count('"]:::'), text.count(" --> ")] for name, text in charts.items()
    }


def test_mermaid_reads_as_many_edges_as_it_lets_a_page_have(drawing: Browser) -> None:
    # given servers, each with a name that stands on it
    charts = {str(number): graph_mermaid(graph_of(pairs(number))) for number in (500, 501)}

    # when
    found = ask_mermaid(drawing, charts, READ)

    # then
    assert found["500"] == [1000, 500]
    assert "Edge limit exceeded" in found["501"]


def test_names_that_are_html_stay_names_in_mermaid_too(drawing: Browser) -> None:
    # when
    charts = {"nasty": (GOLDEN / "nasty_names.mmd").read_text()}
    found = ask_mermaid(drawing, charts, DRAW)["nasty"]

    # then
    assert isinstance(found, dict), found
    assert found["active"] == 0
    assert [text.strip() for text in found["texts"]] == [
        "~ thing </script><script>alert(1)</script>",
        "~ thing `x` | [y](z)",
        "~ thing @ann <!-- -->",
        "~ thing **a**\\|b",
        "~ thing ü 中",
    ]
