"""Why does one thing change, in words?"""

from collections.abc import Iterator
from typing import assert_never

from rich.text import Text

from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.values import is_same
from cloudmesh_iac.views.differences import Difference, cut_lines, differences
from cloudmesh_iac.views.hiding import shown
from cloudmesh_iac.views.items import Item
from cloudmesh_iac.views.starts_text import start_words
from cloudmesh_iac.views.values_text import NOT_SET, SECRET, shorten, value_text
from cloudmesh_iac.views.words import PAST, Verb, is_job, one_line, title

_TO = " -> "
_USERS = 2  # so many are named, the others counted
_DIFF_COLOURS = {"-": "red", "+": "green", ".": "dim"}


def tail(item: Item, *, full: bool) -> tuple[Text, tuple[Text, ...]]:
    """Return what stands behind the name of a thing, and the lines below it.

    A single short reason stands on the line itself; several of them below it, one on each.
    """
    reasons = reason_lines(item, full=full)
    head = Text(_how(item))
    below: tuple[Text, ...] = ()
    if len(reasons) == 1:
        head.append(": " if head else "").append_text(reasons[0])
    elif reasons:
        below = tuple(reasons)
    if item.source and (reasons or item.comes_first):
        head.append(" " if head else "").append(f"({item.source})", style="dim")
    for loss in item.losses:
        head.append(", " if head else "").append(one_line(loss), style="bold red")
    for words in cost_words(item):
        head.append(", " if head else "").append(words, style="red")
    if item.expected_start is not None:
        head.append(", " if head else "").append(start_words(item.expected_start), style="dim")
    return head, below


def reason_lines(item: Item, *, full: bool) -> list[Text]:
    """Return the causes of what happens to a thing, a line or more for each."""
    reasons = [reason for reason in item.reasons if not _is_the_number_of_a_run(reason, item)]
    return [line for reason in reasons for line in _reason(reason, full=full)]


def _is_the_number_of_a_run(reason: Reason, item: Item) -> bool:
    """That a job was asked for is told; the number by which it runs again is ours."""
    is_asked_for = any(one.cause is Cause.RERUN for one in item.reasons)
    return is_asked_for and is_job(item.urn) and (reason.cause, reason.key) == (Cause.FIELD, "run")


def cost_words(item: Item) -> Iterator[str]:
    """Say who has to do without a thing, and that they have to; a job's own words say it."""
    if item.interrupts and not is_job(item.urn):
        yield "away for a while"
    if item.users:
        shown = ", ".join(title(urn) for urn in item.users[:_USERS])
        more = len(item.users) - _USERS
        yield f"used by {shown}" + (f" and {more:,} more" if more > 0 else "")


def _how(item: Item) -> str:
    """Return the verb where the sign alone does not say it."""
    if not item.certain:
        return f"may be {PAST[item.verb]}"
    match item.verb:
        case Verb.REPLACE:
            return "runs again" if is_job(item.urn) else "replaced"
        case Verb.FORGET:
            is_gone = any(reason.cause is Cause.OUTSIDE for reason in item.reasons)
            return "" if is_gone else "forgotten, but not deleted"
        case Verb.READ_AGAIN | Verb.WAIT | Verb.UNDECIDED | Verb.IMPORT:
            return PAST[item.verb]
        case Verb.DELETE | Verb.CREATE | Verb.UPDATE | Verb.READ | Verb.SAME:
            return ""


def _reason(reason: Reason, *, full: bool) -> Iterator[Text]:
    if reason.cause is Cause.FIELD:
        seen = shown(reason)
        said = seen.reason
        found = [*differences(said.key, said.old, said.new)]
        for difference in found:
            if not is_same(said.old, said.new) or not seen.hidden:
                yield from _difference(difference, note=said.note, full=full)
        if not (found or seen.hidden):  # a plan that was read back: nobody kept its secrets
            yield Text(f"{one_line(said.key)} {SECRET} changes")
        for path in seen.hidden:
            yield Text(f"{one_line(path)} changes (hidden)")
    elif sentence := _sentence(reason):
        yield Text(sentence)


def _sentence(reason: Reason) -> str:
    if reason.cause is Cause.UNSETTLED:
        return f"unsettled: {one_line(reason.note)}"
    said = _cause(reason, other=title(reason.urn) if reason.urn else "")
    return ", ".join(part for part in (said, one_line(reason.note)) if part)


def _cause(reason: Reason, *, other: str) -> str:
    key = one_line(reason.key)
    match reason.cause:
        case Cause.NEW | Cause.DESTROY | Cause.RESUMED | Cause.OUTSIDE | Cause.UNSETTLED:
            said = ""
        case Cause.DROPPED:
            said = "no longer declared"
        case Cause.FIELD:
            said = f"{key} changes"
        case Cause.DEPENDENCY:
            said = f"{key} comes from {other}, which is replaced" if key else f"{other} is replaced"
        case Cause.RERUN:
            said = "asked for"
        case Cause.FAILED:
            said = f"{other} failed" if other else ""
        case Cause.LEFT_OUT:
            said = "left out"
        case Cause.LEFTOVER:
            said = "left over from a replacement"
        case _:
            assert_never(reason.cause)
    return said


def _difference(difference: Difference, *, note: str, full: bool) -> Iterator[Text]:
    ending = f" ({one_line(note)})" if note else ""
    if difference.lines:
        yield Text(f"{difference.key} changes{ending}:")
        for line in cut_lines(difference.lines, full=full):
            yield Text(f"  {line}", style=_DIFF_COLOURS.get(line[0], ""))
    elif difference.words:
        yield Text(f"{difference.key}: {difference.words}{ending}")
    elif difference.is_secret and difference.old == difference.new:
        yield Text(f"{difference.key} {SECRET} changes{ending}")
    elif difference.old == difference.new == NOT_SET:  # no input: a provider found it
        yield Text(f"{difference.key} changes{ending}")
    else:
        yield (
            Text(f"{difference.key} ")
            .append(difference.old, style="red")
            .append(_TO)
            .append(difference.new, style="green")
            .append(ending)
        )


def parameter_text(name: str, old: str, *, new: str, origin: str) -> Text:
    """Return `repeats 5 -> 3 (default)`."""
    before, after = (shorten(value_text(value)) for value in (old, new))
    return Text(f"{one_line(name)} {before}{_TO}{after} ({origin})")
