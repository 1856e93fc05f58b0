"""How does the history of a stack look?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from rich.text import Text

from cloudmesh_iac.core.chain import Chain, Flaw, FlawKind
from cloudmesh_iac.core.history import ChangeEnd, Origin
from cloudmesh_iac.core.journal import HistoryEntry, UpdateResult
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.views.history_things import ThingDone, summary, things_done
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.words import COLOURS, UNICODE, Marks, count, duration, one_line, title

_HEAD = ("", "#", "what", "when", "who", "took", "result", "changes", "commit")
_FLUSH = [1, 5]  # numbers and durations
_COLOURS: Mapping[UpdateResult | None, str] = {
    UpdateResult.DONE: "green",
    UpdateResult.WAITING: "cyan",
    UpdateResult.FAILED: "red",
    UpdateResult.INTERRUPTED: "yellow",
    None: "yellow",
}
_FLAWS: Mapping[FlawKind, str] = {
    FlawKind.CHANGED: "was changed after it was written",
    FlawKind.MISSING: "is missing: it was removed after it was written",
    FlawKind.INSERTED: "was inserted: no run of this stack wrote it",
    FlawKind.COPY: "has lost the copy of its program, or the copy was changed",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a view of the history needs beside the entries: `running` is the one under way."""

    now: datetime
    marks: Marks = UNICODE
    running: int | None = None


def history_text(stack: StackId, entries: Sequence[HistoryEntry], *, look: Look) -> Text:
    """Return one line per run, the newest first, and how many are older than those.

    Times are in the zone of `now`.
    """
    name = one_line(str(stack))
    if not entries:
        return Text(f"{name}: no updates yet")
    shown, total = [*reversed(entries)], entries[-1].number
    head = Text(f"{name}: ", style="bold").append(count(total, "update"), style="")
    rows = [[Text(word, style="bold") for word in _HEAD], *(_row(one, look) for one in shown)]
    said = [head, *columns(rows, right=_FLUSH)]
    if older := entries[0].number - 1:
        said.append(Text(f"{older:,} older: --all", style="dim"))
    return lines(said)


def _row(entry: HistoryEntry, look: Look) -> list[Text]:
    started, ended = entry.started, entry.ended
    result = None if ended is None else ended.result
    return [
        _mark(entry, look),
        Text(str(entry.number)),
        Text(str(started.kind)),
        Text(f"{started.at.astimezone(look.now.tzinfo):%F %H:%M}"),
        Text(_who(entry)),
        Text("" if ended is None else duration(ended.duration_s)),
        Text(result_word(entry, look.running), style=_COLOURS[result]),
        Text("" if ended is None else summary(ended)),
        Text(_commit(started.origin), style="dim"),
    ]


def _mark(entry: HistoryEntry, look: Look) -> Text:
    ended = entry.ended
    if ended is None:
        is_running = entry.number == look.running
        return Text(look.marks.running if is_running else look.marks.danger, style=_COLOURS[None])
    sign = look.marks.queued if ended.result is UpdateResult.WAITING else look.marks.bad
    sign = look.marks.good if ended.result is UpdateResult.DONE else sign
    return Text(sign, style=_COLOURS[ended.result])


def result_word(entry: HistoryEntry, running: int | None) -> str:
    """Say how a run ended: one without an end is under way, or somebody has killed it."""
    if entry.ended is not None:
        return str(entry.ended.result)
    return "running" if entry.number == running else "cut off"


def _who(entry: HistoryEntry) -> str:
    return one_line(f"{entry.started.user}@{entry.started.host}")


def _commit(origin: Origin) -> str:
    """Return the start of a commit, with a star where the program was not what it holds."""
    if not origin.commit:
        return "(copy)" if origin.copy else ""
    return f"{one_line(origin.commit[:7])}{'*' if origin.is_dirty else ''}"


def entry_text(
    stack: StackId, entry: HistoryEntry, files: Mapping[str, str], *, look: Look
) -> Text:
    """Return everything that is kept about one run; `files` is the copy of its program."""
    result = None if entry.ended is None else entry.ended.result
    head = Text(f"update {entry.number} of {one_line(str(stack))}: ", style="bold")
    head.append(f"{entry.started.kind} by {_who(entry)}, ", style="")
    head.append(result_word(entry, look.running), style=_COLOURS[result])
    said = [head, *columns(_facts(entry, look), indent="  ")]
    said += _block("parameters", columns([*map(_parameter, entry.started.parameters)], indent="  "))
    changes = things_done(entry.ended.changes) if entry.ended is not None else []
    said += _block("changes", [_change(one, look.marks) for one in changes])
    sizes = [[one_line(path), count(len(files[path].splitlines()), "line")] for path in files]
    said += _block("program, as it was (--program prints it)", columns(sizes, indent="  "))
    return lines(said)


def _block(name: str, body: Sequence[Text]) -> list[Text]:
    return [Text(name, style="bold"), *body] if body else []


def _facts(entry: HistoryEntry, look: Look) -> list[list[str]]:
    started, ended = entry.started, entry.ended
    took = "" if ended is None else f", took {duration(ended.duration_s)}"
    facts = [
        ["began", f"{started.at.astimezone(look.now.tzinfo):%F %H:%M:%S %Z}{took}"],
        ["program", f"{one_line(started.program)} {started.program_digest[:12]}".strip()],
        ["commit", _origin_words(started.origin)],
        ["plan", started.plan_digest],
        ["hash", entry.hash],
    ]
    return [fact for fact in facts if fact[1]]


def _origin_words(origin: Origin) -> str:
    kept = "; a copy is kept" if origin.copy else ""
    if not origin.commit:
        return f"none{kept}"
    changed = " with changes on top" if origin.is_dirty else ""
    return f"{one_line(origin.commit)}{changed}{kept}"


def _parameter(parameter: Parameter) -> list[str]:
    origin = parameter.origin
    if origin == "option" and parameter.default:
        origin = f"option, default {parameter.default}"
    return [one_line(parameter.name), one_line(parameter.value), one_line(f"({origin})")]


def _change(thing: ThingDone, marks: Marks) -> Text:
    text = Text("  ")
    text.append(marks.of(thing.verb), style=COLOURS.get(thing.verb, ""))
    text.append(f" {title(thing.urn)}")
    if thing.end is not ChangeEnd.DONE:
        colour = "cyan" if thing.end is ChangeEnd.WAITING else "red"
        text.append(f"  {thing.end}", style=colour)
    return text


def verified_text(chain: Chain, flaws: Sequence[Flaw]) -> Text:
    """Say whether the history is whole, or name what is not."""
    name = one_line(str(chain.stack))
    if not flaws:
        number = count(chain.length, "update")
        return Text(f"{name}: {number}, all as they were written").append(
            f"\n  head {chain.head}" if chain.head else "", style="dim"
        )
    head = Text(f"{name}: the history is not what was written", style="bold red")
    return lines([head, *(Text(f"  update {one.number} {_FLAWS[one.kind]}") for one in flaws)])
