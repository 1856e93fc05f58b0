"""What is said about one event, and about all that is under way?"""

from collections.abc import Iterable
from typing import TypeAlias

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from cloudmesh_iac.core.events import (
    ChangeDone,
    ChangeFailed,
    ChangeSkipped,
    ChangeStarted,
    ChangeWaits,
    Event,
    LogLine,
    Noticed,
)
from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.views.items import PLAIN_VERBS
from cloudmesh_iac.views.run_state import Move, Phase, RunState, Thing
from cloudmesh_iac.views.words import (
    PAST,
    Marks,
    Verb,
    clock,
    duration,
    is_completion,
    is_job,
    one_line,
    skipped_text,
    title,
)

_DOING = {
    Action.CREATE: "creating",
    Action.IMPORT: "importing",
    Action.READ: "reading",
    Action.UPDATE: "updating",
    Action.REPLACE: "replacing",
    Action.DELETE: "deleting",
    Action.FORGET: "forgetting",
}
_LEVELS = {"warning": "yellow", "error": "red"}
_MOST_ROWS = 16
_NARROWEST = 20

_Moving: TypeAlias = ChangeStarted | ChangeWaits | ChangeDone | ChangeFailed | ChangeSkipped


def event_line(event: Event, move: Move | None, *, marks: Marks, at_s: float) -> Text | None:
    """Return the line for one event, or None when there is nothing to say."""
    if isinstance(event, LogLine) and event.level == "debug":
        return None  # what plugins print: for their developers
    if isinstance(event, LogLine):
        prefix = f"| {title(event.urn)}: " if event.urn else "| "
        return Text(prefix + one_line(event.text), style=_LEVELS.get(event.level, "dim"))
    if isinstance(event, Noticed):
        return Text(one_line(event.text), style="yellow")
    return None if move is None else _move_line(event, move.thing, marks=marks, at_s=at_s)


def _move_line(event: _Moving, thing: Thing, *, marks: Marks, at_s: float) -> Text | None:
    match event:
        case ChangeStarted():
            return _started(thing)
        case ChangeWaits():
            return _waits(event, thing, marks)
        case ChangeDone():
            return _done(event, thing, marks=marks, at_s=at_s)
        case ChangeFailed():
            hint = f" (try: {one_line(event.hint)})" if event.hint else ""
            said = f"failed: {one_line(event.message)}{hint}"
            return _line(thing, said, mark=marks.bad, style="red")
        case ChangeSkipped():
            said = skipped_text(event.urn, event.because)
            return _line(thing, said, mark=marks.dot, style="yellow")


def _line(thing: Thing, said: str, *, mark: str, style: str) -> Text:
    return Text(mark, style=style).append(f" {title(thing.urn)} {said}", style="")


def _started(thing: Thing) -> Text | None:
    if thing.phase is not Phase.WORKING or is_job(thing.urn):
        return None  # a job says when something has happened to it
    return Text(f"  {title(thing.urn)} {_DOING.get(thing.action, thing.action)}")


def _waits(event: ChangeWaits, thing: Thing, marks: Marks) -> Text:
    reason = f", {one_line(thing.reason)}" if thing.reason else ""
    mark = marks.running if thing.phase is Phase.RUNNING else marks.queued
    start = event.waiting.expected_start
    expected = f", expected to start {start:%Y-%m-%d %H:%M %Z}" if start else ""
    place = one_line(f"{thing.remote_id} on {thing.site}")
    return _line(thing, f"{thing.phase} (id {place}{reason}{expected})", mark=mark, style="cyan")


def _done(event: ChangeDone, thing: Thing, *, marks: Marks, at_s: float) -> Text | None:
    note = f" ({one_line(event.note)})" if event.note else ""
    if thing.phase is Phase.SAME:
        return None
    if thing.phase is Phase.QUEUED:
        return _line(thing, f"submitted{note}", mark=marks.queued, style="cyan")
    took = duration(at_s - thing.began_s)
    if thing.phase is Phase.FAILED:
        state = event.state or JobState.FAILED
        return _line(thing, f"{state}{note} after {took}", mark=marks.bad, style="red")
    verb = PLAIN_VERBS[event.action]
    if is_completion(event.urn) and verb in {Verb.CREATE, Verb.REPLACE}:
        said = f"{event.state or JobState.COMPLETED}".lower()
    else:
        said = PAST[Verb.READ_AGAIN if is_completion(event.urn) else verb]
    return _line(thing, f"{said}{note} in {took}", mark=marks.good, style="green")


def counts_line(state: RunState, *, marks: Marks, expected: int = 0) -> Text:
    """Return `queued 3 · running 2 · done 14 of 24 · failed 0`.

    What only we work on (submitting, creating) and what was skipped is named where there is some.
    """
    number = state.number
    done = number[Phase.DONE]
    parts = [
        f"queued {number[Phase.QUEUED]:,}",
        f"running {number[Phase.RUNNING]:,}",
        f"done {done:,} of {expected:,}" if expected else f"done {done:,}",
        f"failed {number[Phase.FAILED]:,}",
    ]
    if number[Phase.WORKING]:
        parts.insert(0, f"working {number[Phase.WORKING]:,}")
    if number[Phase.SKIPPED]:
        parts.append(f"skipped {number[Phase.SKIPPED]:,}")
    text = Text(f" {marks.dot} ".join(parts))
    if number[Phase.FAILED]:
        text.highlight_words([f"failed {number[Phase.FAILED]:,}"], style="red")
    return text


def area(
    state: RunState, *, marks: Marks, at_s: float, size: tuple[int, int], expected: int = 0
) -> Text:
    """Return the frame: what is under way, oldest first, then the counts; never higher than `size`.

    Shape: size is (columns, lines) of the terminal. What works and runs comes before what queues.
    """
    width, height = size
    room = max(1, min(_MOST_ROWS, height - 3))
    things = _in_order(state.active.values())
    if len(things) > room:
        shown, hidden = things[: room - 1], len(things) - room + 1
    else:
        shown, hidden = things, 0
    rows = [_row(thing, marks=marks, at_s=at_s, width=width) for thing in shown]
    if hidden:
        rows.append(Text(f"  {marks.more} and {hidden:,} more", style="dim"))
    counts = counts_line(state, marks=marks, expected=expected)
    counts.append(f" {marks.dot} {clock(at_s)}", style="dim")
    counts.truncate(width - 1)
    text = Text("\n", no_wrap=True, overflow="crop").join([*rows, counts])
    text.no_wrap, text.overflow = True, "crop"
    return text


def _in_order(things: Iterable[Thing]) -> list[Thing]:
    return sorted(things, key=lambda thing: (thing.phase is Phase.QUEUED, thing.since_s))


def _row(thing: Thing, *, marks: Marks, at_s: float, width: int) -> Text:
    """Return one row with its clock at the right end of the name."""
    is_queued = thing.phase is Phase.QUEUED
    mark = marks.queued if is_queued else marks.running
    lasted = clock(at_s - thing.since_s)
    if thing.phase is Phase.WORKING:
        doing = "submitting" if _is_submitting(thing) else _DOING.get(thing.action, thing.action)
    else:
        doing = thing.phase.value
    details = [doing, lasted, thing.remote_id and f"id {thing.remote_id}", thing.site, thing.reason]
    said = " ".join(one_line(part) for part in details if part)
    room = max(_NARROWEST, width - 4 - cell_len(said))
    name = title(thing.urn)
    name = name if cell_len(name) <= room else set_cell_size(name, room - 3) + "..."
    row = Text(f"{mark} ", style="dim" if is_queued else "cyan")
    row.append(name, style="dim" if is_queued else "").append(f" {said}", style="dim")
    row.truncate(max(1, width - 1))
    return row


def _is_submitting(thing: Thing) -> bool:
    return is_job(thing.urn) and thing.action in {Action.CREATE, Action.REPLACE}
