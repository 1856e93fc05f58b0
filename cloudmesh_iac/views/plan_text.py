"""How does a plan look on a terminal or in a log?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text

from cloudmesh_iac.core.plans import Cause, Change, Plan
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import distinct
from cloudmesh_iac.views.again_text import again_text
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.items import Item, counts, counts_text, items_of, levels_of
from cloudmesh_iac.views.plan_tree import Branch, tree_of
from cloudmesh_iac.views.reasons_text import parameter_text, tail
from cloudmesh_iac.views.starts_text import room_lines, starts_line
from cloudmesh_iac.views.tables import lines
from cloudmesh_iac.views.words import (
    COLOURS,
    UNICODE,
    Marks,
    Verb,
    count,
    is_job,
    job_urn,
    one_line,
    path,
    title,
    word,
)

_MANY = 12  # more brothers of one shape than this are folded
_SHOWN = 3
_KEEPING = " (`cmx job keep NAME` accepts what is there)"
_WIDEST_PATH = 44  # longer names push their own line to the right, not the others


@dataclass(frozen=True, slots=True)
class _Row:
    mark: str
    colour: str
    name: str  # the word, indented by its depth
    path: str
    site: str = ""
    tail: Text | None = None
    below: tuple[Text, ...] = ()


def plan_text(plan: Plan, *, marks: Marks = UNICODE, full: bool = False) -> Text:
    """Return the plan as lines; `full` folds and cuts nothing.

    Print it with soft_wrap=True, so that a narrow console does not break its columns.
    """
    items = things_of(plan.changes)
    number = counts_text(counts(items)) or "nothing declared"
    head = [Text(f"{one_line(str(plan.stack))}: ", style="bold").append(number)]
    if plan.again:
        words = f"  {marks.danger} {again_text(plan.again)}"
        head.append(Text(words, style="bold red").append(_KEEPING, style="not bold dim"))
    warning = f"  {marks.danger} "
    head.extend(Text(warning + one_line(words), style="yellow") for words in plan.warnings)
    head.extend(Text("  ").append_text(line) for line in parameter_lines(plan))
    if starts := starts_line(items):
        head.append(Text(f"  {starts}", style="dim"))
    head += [Text(f"  {line}") for line in room_lines(plan)]
    if plan.drift:
        head.append(Text("  changed outside:"))
        head.extend(
            Text("  ").append_text(line) for line in change_lines(plan.drift, marks, full=full)
        )
    rows = [*_rows(plan, items, marks=marks, full=full)]
    end = [*unseen_lines(plan.unseen)]
    if not plan.has_changes or not rows:
        end.append(Text(_rest(items)))
    if any(map(_stands_behind_a_failed_job, items)):
        end.append(Text("`cmx rerun --failed` runs jobs again that have failed", style="dim"))
    end += left_out_lines(plan, full=full)
    return lines([*head, *_laid_out(rows), *end])


def _rest(items: Iterable[Item]) -> str:
    """Say what is left of a plan that nobody has to approve."""
    verbs = {item.verb for item in items if not item.verb.is_quiet} - {Verb.UNDECIDED}
    if verbs - {Verb.WAIT}:
        return "nothing new to change: `cmx up` ends what an earlier run began"
    return "nothing to change" + (", only to wait" if verbs else "")


def _stands_behind_a_failed_job(item: Item) -> bool:
    return item.verb is Verb.UNDECIDED and any(
        reason.cause is Cause.FAILED and reason.urn is not None and is_job(reason.urn)
        for reason in item.reasons
    )


def left_out_lines(plan: Plan, *, full: bool = False) -> list[Text]:
    """Say what was not chosen, so that nobody takes silence for no change."""
    names = distinct(path(urn) for urn in map(job_urn, plan.left_out))
    if not names:
        return []
    shown = names if full or len(names) <= _MANY else names[:_SHOWN]
    more = len(names) - len(shown)
    tail = f" and {more:,} more" if more else ""
    words = f"left out, so nobody asked whether it would change: {', '.join(shown)}{tail}"
    return [Text(words, style="dim")]


def change_lines(changes: Iterable[Change], marks: Marks, *, full: bool) -> Iterator[Text]:
    """Return one line for each change, and the lines below it."""
    items = [replace(item, source=None) for item in items_of(changes)]
    return _laid_out([*_folded(items, depth=0, marks=marks, full=full)])


def unseen_lines(unseen: Iterable[Urn]) -> Iterator[Text]:
    """Name what nobody could look at; of jobs another command knows more."""
    urns = dict.fromkeys(job_urn(urn) for urn in unseen)
    others = [title(urn) for urn in urns if not is_job(urn)]
    jobs = len(urns) - len(others)
    if jobs:
        yield Text(f"not looked at: {count(jobs, 'job')} (`cmx status` asks for them)", style="dim")
    if others:
        more = f" and {len(others) - _MANY:,} more" if len(others) > _MANY else ""
        words = f"not looked at: {', '.join(others[:_MANY])}{more} (their provider has no `read`)"
        yield Text(words, style="dim")


def parameter_lines(plan: Plan) -> Iterator[Text]:
    """Say which parameters are not what they were in the last run."""
    old = {parameter.name: parameter for parameter in plan.old_parameters}
    for new in plan.parameters:
        before = old.get(new.name)
        if before is not None and before.value != new.value:
            yield parameter_text(new.name, before.value, new=new.value, origin=new.origin)


def _rows(plan: Plan, items: Sequence[Item], *, marks: Marks, full: bool) -> Iterator[_Row]:
    """The danger first, then the tree of the rest, then what goes, in its order."""
    danger = [item for item in items if item.is_danger]
    gone = [item for item in items if item.comes_first and not item.is_danger]
    calm = [item for item in items if not item.comes_first]
    if not calm:
        danger, gone = [], [item for item in items if not item.verb.is_quiet]
    yield from _folded(danger, depth=0, marks=marks, full=full)
    yield from _folded(levels_of(plan.changes), depth=0, marks=marks, full=full)
    yield from _branch(tree_of(plan.changes, calm), depth=0, marks=marks, full=full)
    yield from _folded(gone, depth=0, marks=marks, full=full)


def _branch(branch: Branch, *, depth: int, marks: Marks, full: bool) -> Iterator[_Row]:
    if branch.urn is not None:
        mark, colour = marks.of(branch.verb), COLOURS.get(branch.verb, "")
        inside = Text(counts_text(branch.counts), style="dim")
        yield _Row(mark, colour, _indented(word(branch.urn), depth), path(branch.urn), tail=inside)
        depth += 1
    yield from _folded(branch.items, depth=depth, marks=marks, full=full)
    for child in branch.branches:
        yield from _branch(child, depth=depth, marks=marks, full=full)


def _folded(items: Iterable[Item], *, depth: int, marks: Marks, full: bool) -> Iterator[_Row]:
    """Give each item a row; of many alike only the first ones, and how many more there are."""
    loud = [item for item in items if not item.verb.is_quiet]
    alike = _count_shapes(loud)
    seen: dict[object, int] = {}
    for item in loud:
        shape = _shape(item)
        seen[shape] = seen.get(shape, 0) + 1
        if full or alike[shape] <= _MANY or seen[shape] <= _SHOWN:
            yield _row(item, depth=depth, marks=marks, full=full)
        elif seen[shape] == _SHOWN + 1:
            hidden = f"{marks.more} and {alike[shape] - _SHOWN:,} more"
            yield _Row(_mark(item, marks), COLOURS.get(item.verb, ""), _indented("", depth), hidden)


def _count_shapes(items: Iterable[Item]) -> dict[object, int]:
    number: dict[object, int] = {}
    for item in items:
        shape = _shape(item)
        number[shape] = number.get(shape, 0) + 1
    return number


def _shape(item: Item) -> object:
    causes = tuple((reason.cause, reason.key) for reason in item.reasons)
    return (
        *(item.parent, word(item.urn), item.verb, item.certain, item.site),
        *(item.losses, item.interrupts, causes),
    )


def _mark(item: Item, marks: Marks) -> str:
    return marks.danger if item.losses else marks.of(item.verb)


def _row(item: Item, *, depth: int, marks: Marks, full: bool) -> _Row:
    text, below = tail(item, full=full)
    below = (*below, *(Text(fact, style="dim") for fact in item.facts))
    return _Row(
        _mark(item, marks),
        "bold red" if item.losses else COLOURS.get(item.verb, ""),
        _indented(word(item.urn), depth),
        path(item.urn),
        one_line(item.site),
        text,
        below,
    )


def _indented(text: str, depth: int) -> str:
    return "  " * depth + text


def _laid_out(rows: Sequence[_Row]) -> Iterator[Text]:
    name_width = max((cell_len(row.name) for row in rows), default=0)
    path_width = min(_WIDEST_PATH, max((cell_len(row.path) for row in rows), default=0))
    site_width = max((cell_len(row.site) for row in rows), default=0)
    for row in rows:
        line = Text("  ").append(row.mark, style=row.colour).append(" ")
        line.append(_padded(row.name, name_width)).append(_padded(row.path, path_width))
        if site_width and row.tail is not None:
            line.append(_padded(row.site, site_width), style="dim")
        if row.tail is not None:
            line.append_text(row.tail)
        line.rstrip()
        yield line
        indent = " " * (len(row.name) - len(row.name.lstrip()) + 6)
        yield from (Text(indent).append_text(text) for text in row.below)


def _padded(text: str, width: int) -> str:
    return text + " " * max(2, width - cell_len(text) + 2)
