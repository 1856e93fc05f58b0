"""How does a plan look as a page: one file that asks no server for anything.

Its own style and script are all that a browser lets run in it, by a content security policy.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.views.again_text import again_text
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.graph import folded, graph_of
from cloudmesh_iac.views.graph_svg import graph_svg
from cloudmesh_iac.views.items import Item, counts, counts_text
from cloudmesh_iac.views.page_parts import SCRIPT, STYLE
from cloudmesh_iac.views.plan_markdown import Foot
from cloudmesh_iac.views.plan_text import (
    change_lines,
    left_out_lines,
    parameter_lines,
    plan_text,
)
from cloudmesh_iac.views.reasons_text import cost_words, reason_lines
from cloudmesh_iac.views.starts_text import room_lines, start_words, starts_line
from cloudmesh_iac.views.words import PAST, UNICODE, Verb, one_line, path, word

_LARGEST_GRAPH = 3_000  # nodes; a larger one is slow to look at, and nobody finds a way in it


def plan_html(plan: Plan, foot: Foot | None = None) -> str:
    """Return a whole document; it works without its script, which filters and zooms."""
    items = things_of(plan.changes)
    loud = [item for item in items if not item.verb.is_quiet]
    number = counts_text(counts(items)) or "nothing declared"
    title = f"{plan.stack}: {number}"
    parts = [
        *_head(title),
        f"<header><h1>{_text(str(plan.stack))}</h1><p>{_text(number)}</p></header>",
        *_beside(plan),
        *([f'<p class="danger"><b>{again_text(plan.again)}</b></p>'] if plan.again else []),
        *(f'<p class="danger">{_text(words)}</p>' for words in plan.warnings),
        *([f"<p>{_text(starts)}</p>"] if (starts := starts_line(items)) else []),
        *(f"<p>{_text(line)}</p>" for line in room_lines(plan)),
        *_danger([item for item in loud if item.comes_first]),
        *_table(loud),
        *_graph(plan),
        "<details><summary>As a terminal shows it</summary>",
        f"<pre>{_text(plan_text(plan).plain, lines=True)}</pre></details>",
        *_foot(foot or Foot()),
        f"<script>{SCRIPT}</script>",
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _head(title: str) -> Iterator[str]:
    script = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    style = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'"
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(title)}</title>"
    yield f"<style>{STYLE}</style></head><body>"


def _beside(plan: Plan) -> Iterator[str]:
    """Yield what the plan was made with, as far as it is not as in the last run, or not all."""
    outside = [line.plain.strip() for line in change_lines(plan.drift, UNICODE, full=False)]
    lines = [*(line.plain for line in parameter_lines(plan))]
    lines += [f"changed outside: {line}" for line in outside]
    lines += [line.plain for line in left_out_lines(plan)]
    if lines:
        told = "".join(f"<li>{_text(line)}</li>" for line in lines)
        yield f'<ul class="parameters">{told}</ul>'


def _danger(items: Sequence[Item]) -> Iterator[str]:
    """Yield what is replaced, deleted or lost, before everything else."""
    if not items:
        return
    yield '<section class="danger"><h2>Look at these first</h2><ul>'
    for item in items:
        may = "" if item.certain else "may "
        said = [
            f"{may}{item.verb} <b>{_name(item)}</b>",
            *(f"<b>{_text(x)}</b>" for x in item.losses),
        ]
        said += [_text(words) for words in cost_words(item)]
        yield f"<li>{', '.join(said)}{_line(item)}</li>"
    yield "</ul></section>"


def _table(items: Sequence[Item]) -> Iterator[str]:
    if not items:
        yield "<p>Nothing to change.</p>"
        return
    verbs = [verb for verb in Verb if any(item.verb is verb for item in items)]
    boxes = "".join(
        f'<label><input type="checkbox" value="{_class(verb)}" checked> {verb}</label>'
        for verb in verbs
    )
    yield '<section><h2>Changes</h2><div class="filter">'
    yield '<input type="search" placeholder="find a name, a site, a reason" aria-label="find">'
    yield f'{boxes}<output></output></div><table class="changes"><thead>'
    yield "<tr><th></th><th>what</th><th>where</th><th>why</th></tr></thead><tbody>"
    yield from map(_row, items)
    yield "</tbody></table></section>"


def _row(item: Item) -> str:
    mark = UNICODE.danger if item.losses else UNICODE.of(item.verb)
    may = "" if item.certain else "may "
    lines = [] if item.certain else [f"may be {PAST[item.verb]}"]
    lines += [_reason(line.plain) for line in reason_lines(item, full=True)]
    lines += [f"<b>{_text(loss)}</b>" for loss in item.losses]
    lines += [_text(words) for words in (*cost_words(item), *item.facts)]
    lines += [start_words(item.expected_start)] if item.expected_start else []
    return (
        f'<tr class="{_class(item.verb)}"><td title="{may}{item.verb}">{mark}</td>'
        f"<td>{_name(item)}</td><td>{_text(item.site)}</td>"
        f"<td>{'<br>'.join(lines)}{_line(item)}</td></tr>"
    )


def _reason(line: str) -> str:
    """Show a line of a diff as one."""
    sign = {"  - ": "gone", "  + ": "came", "    ": "kept"}.get(line[:4])
    return f'<code class="{sign}">{_text(line)}</code>' if sign else _text(line)


def _graph(plan: Plan) -> Iterator[str]:
    graph = folded(graph_of(plan))
    if len(graph.nodes) < 2:
        return
    yield "<section><h2>What stands on what</h2>"
    if len(graph.nodes) > _LARGEST_GRAPH:
        yield f"<p>{len(graph.nodes):,} things are too many for one picture: "
        yield "<code>cmx graph --changed</code> or <code>--around NAME</code> draws a part.</p>"
    else:
        yield '<div class="zoom"><button type="button" value="0.8">&minus;</button>'
        yield '<button type="button" value="1.25">+</button>'
        yield '<button type="button" value="0">fit</button></div>'
        yield f'<div class="graph">{graph_svg(graph, one_line(str(plan.stack)))}</div>'
    yield "</section>"


def _foot(foot: Foot) -> Iterator[str]:
    said = []
    if foot.digest:
        said.append(f"Digest of this plan: <code>{_text(foot.digest)}</code>.")
    if foot.command:
        said.append(f"{foot.invitation}: <code>{_text(foot.command)}</code>")
    if said:
        yield f"<footer>{' '.join(said)}</footer>"


def _name(item: Item) -> str:
    return f"{_text(word(item.urn))} {_text(path(item.urn))}"


def _line(item: Item) -> str:
    return f' <span class="line">{_text(str(item.source))}</span>' if item.source else ""


def _class(verb: Verb) -> str:
    return verb.name.lower()


def _text(text: str, *, lines: bool = False) -> str:
    """Make a text from outside safe for a page; with `lines` its line breaks stay."""
    parts: Iterable[str] = text.splitlines() if lines else [text]
    return "\n".join(escape(one_line(part)) for part in parts)
