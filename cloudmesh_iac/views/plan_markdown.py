"""How does a plan look as a comment on a pull request?

Whatever comes from the program or a site stands in code: no page makes a link, a mention or HTML of
that. Source: CommonMark 0.31 (code spans, fences), GitHub's tables and its longest comment.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.views.again_text import again_text
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.items import Item, counts, counts_text
from cloudmesh_iac.views.plan_text import (
    change_lines,
    left_out_lines,
    parameter_lines,
    plan_text,
)
from cloudmesh_iac.views.reasons_text import cost_words, reason_lines, tail
from cloudmesh_iac.views.starts_text import room_lines, starts_line
from cloudmesh_iac.views.words import UNICODE, count, cut, one_line, path, word

LONGEST = 65_536  # characters, the longest comment that GitHub takes
_FOR_DANGER = 0.18  # of the room; the head, the foot and the marks between need the rest
_FOR_TABLE = 0.36
_FOR_DETAILS = 0.34
_FOR_OUTSIDE = 0.02
_FOR_REST = 1_500
_LONGEST_REASON = 300
_LONGEST_LINE = 1_000
_MOST_LINES = 20  # of an error
_PIPE = re.compile(r"\\*\|")
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Foot:
    """What stands below a plan: its digest, and the command that carries it out.

    It `is_exact` where it is held to this very plan, not to one that is made anew.
    """

    digest: str = ""
    command: str = ""
    is_exact: bool = False

    @property
    def invitation(self) -> str:
        return "Apply exactly this" if self.is_exact else "Apply it"


@dataclass(frozen=True, slots=True)
class NoPlan:
    """A program whose preview failed, and what it said."""

    program: str
    message: str
    hint: str = ""


Section: TypeAlias = tuple[Plan, Foot] | NoPlan


def comment_of(sections: Sequence[Section], name: str) -> str:
    """Return one comment for several plans, which share its room; `name` tells it from others."""
    room = (LONGEST - _FOR_REST) // max(1, len(sections))
    parts = [
        no_plan_markdown(one) if isinstance(one, NoPlan) else plan_markdown(*one, room=room)
        for one in sections
    ]
    return f"{marker(name)}\n\n" + "\n---\n\n".join(parts)


def no_plan_markdown(failed: NoPlan) -> str:
    lines = [cut(one_line(line), _LONGEST_LINE) for line in failed.message.splitlines()]
    body = "\n".join(lines[:_MOST_LINES])
    hint = f"\n\n{code(failed.hint)}" if failed.hint else ""
    return f"**{code(failed.program)}**: no plan, its preview failed\n\n{_fenced(body)}{hint}\n"


def plan_markdown(plan: Plan, foot: Foot | None = None, *, room: int = LONGEST) -> str:
    """Return a comment that is shorter than its room, whatever the plan.

    What has no room is counted; nothing is cut inside a table's row or a fence.
    """
    items = things_of(plan.changes)
    number = counts_text(counts(items)) or "nothing declared"
    loud = [item for item in items if not item.verb.is_quiet]
    parts = [marker(f"{plan.stack.project}/{plan.stack}"), f"**{code(str(plan.stack))}**: {number}"]
    if plan.again:
        parts.append(f"**{again_text(plan.again)}**")
    parts += [f"**{code(cut(words, _LONGEST_LINE))}**" for words in plan.warnings[:_MOST_LINES]]
    if starts := starts_line(items):
        parts.append(code(starts))
    parts += map(code, room_lines(plan))
    parts += _beside(plan, int(room * _FOR_OUTSIDE))
    danger = [item for item in loud if item.comes_first]
    parts += _danger(danger, int(room * _FOR_DANGER))
    if loud:
        parts.append(_table(loud, int(room * _FOR_TABLE)))
        parts.append(_details(plan, int(room * _FOR_DETAILS)))
    elif not plan.has_changes:
        parts.append("Nothing to change.")
    parts += _foot(foot or Foot())
    return "\n\n".join(part for part in parts if part) + "\n"


def marker(name: str) -> str:
    """Return the line by which a comment is found again; nobody sees it."""
    safe = re.sub(r"[^A-Za-z0-9._/]", "_", name)
    return f"<!-- cmx-plan {safe} -->"


def code(text: str, *, in_table: bool = False) -> str:
    """Return a code span that holds exactly this text, on one line."""
    text = one_line(text).strip()
    if not text:
        return ""
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    span = f"{ticks}{space}{text}{space}{ticks}"
    return _PIPE.sub(_in_a_cell, span) if in_table else span


def _in_a_cell(pipe: re.Match[str]) -> str:
    """A pipe ends a cell unless it is escaped; one behind a backslash cannot be."""
    return "\\|" if pipe.group() == "|" else "│"


def _beside(plan: Plan, room: int) -> Iterator[str]:
    """Yield what the plan was made with, as far as it is not as in the last run, or not all."""
    outside = [line.plain.strip() for line in change_lines(plan.drift, UNICODE, full=False)]
    for head, lines in (
        ("Parameters that are not as in the last run:", parameter_lines(plan)),
        ("Changed outside:", outside),
        ("Only a part was chosen:", left_out_lines(plan)),
    ):
        told = [line if isinstance(line, str) else line.plain for line in lines]
        kept = _as_many((f"- {code(cut(line, _LONGEST_REASON))}" for line in told), room)
        if len(kept) < len(told):
            kept.append(f"- and {len(told) - len(kept):,} more")
        if kept:
            yield "\n".join([head, "", *kept])


def _danger(items: Sequence[Item], room: int) -> Iterator[str]:
    """Yield what is replaced, deleted or lost, before everything else."""
    if not items:
        return
    kept = _as_many((f"> - {_named(item)}" for item in items), room)
    if len(kept) < len(items):
        left = counts_text(counts(items[len(kept) :]))
        kept.append(f"> - and {left} more")
    yield "\n".join(["> [!CAUTION]", *kept])


def _named(item: Item) -> str:
    verb = f"{item.verb}" if item.certain else f"may {item.verb}"
    why = "; ".join(line.plain.strip() for line in reason_lines(item, full=False))
    cause = f": {code(cut(why, _LONGEST_REASON))}" if why else ""
    source = f" ({code(str(item.source))})" if item.source else ""
    lost = "".join(f", **{code(loss)}**" for loss in item.losses)
    cost = "".join(f", {code(words)}" for words in cost_words(item))
    return f"{verb} {code(_name(item))}{cause}{source}{lost}{cost}"


def _table(items: Sequence[Item], room: int) -> str:
    """Return one row for each change, as many as have room."""
    head = ["| | what | where | why |", "|-|-|-|-|"]
    kept = _as_many(map(_row, items), room)
    if len(kept) < len(items):
        left = counts_text(counts(items[len(kept) :]))
        kept.append(f"| {UNICODE.more} | and {left} more | | |")
    return "\n".join([*head, *kept])


def _row(item: Item) -> str:
    sign = UNICODE.danger if item.losses else UNICODE.of(item.verb)
    head, below = tail(item, full=False)
    why = "; ".join(filter(None, (head.plain, *(line.plain.strip() for line in below))))
    cells = (
        code(sign),
        code(_name(item), in_table=True),
        code(item.site, in_table=True),
        code(cut(why, _LONGEST_REASON), in_table=True),
    )
    return f"| {' | '.join(cells)} |"


def _details(plan: Plan, room: int) -> str:
    """Return the plan as a terminal shows it, folded away."""
    lines = [cut(line, _LONGEST_LINE) for line in plan_text(plan).plain.splitlines()]
    kept = _as_many(lines, room)
    if hidden := len(lines) - len(kept):
        kept.append(f"{UNICODE.more} and {count(hidden, 'line')} more")
    body = _fenced("\n".join(kept))
    return f"<details><summary>The whole plan</summary>\n\n{body}\n\n</details>"


def _fenced(text: str) -> str:
    """Return a block of code that nothing inside can end."""
    longest = max((len(run) for run in _TICKS.findall(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _foot(foot: Foot) -> Iterator[str]:
    words = []
    if foot.digest:
        words.append(f"Digest of this plan: {code(foot.digest)}.")
    if foot.command:
        words.append(f"{foot.invitation}: {code(foot.command)}")
    if words:
        yield " ".join(words)


def _name(item: Item) -> str:
    return f"{word(item.urn)} {path(item.urn)}"


def _as_many(lines: Iterable[str], room: int) -> list[str]:
    """Return the first lines, as many as have room; those behind them are not even made."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return kept
