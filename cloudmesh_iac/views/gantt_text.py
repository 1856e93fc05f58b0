"""How does a calendar of machines look in a terminal?"""

from datetime import datetime, timedelta

from rich.text import Text

from cloudmesh_iac.core.metal import Window
from cloudmesh_iac.views.gantt import Gantt, Note, Row
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.times import span_text
from cloudmesh_iac.views.words import ASCII, UNICODE, Marks, count, one_line

_MOST_COLUMNS = 60
_TICK = 12
_FREE = "·"
_OUT = "x"
_DAY = timedelta(days=1)
_COLOURS = ("cyan", "magenta", "yellow", "green", "blue", "bright_red")


def gantt_text(gantt: Gantt, *, marks: Marks = UNICODE, most: int = _MOST_COLUMNS) -> Text:
    """Return a line for each machine, at most `most` columns of time, and a legend.

    A column belongs to whoever has the machine at any time in it, the first where two do.
    """
    step = gantt.step(max(most, _TICK))
    starts = []
    moment = gantt.window.start
    while moment < gantt.window.end:
        starts.append(moment)
        moment += step
    free = "." if marks is ASCII else _FREE
    head = [["", _ticks(gantt, starts, step)], ["", _strokes(len(starts))]]
    cells = [
        [
            Text(one_line(row.name)),
            _bars(row, starts, step=step, free=free),
            Text(one_line(row.out)),
        ]
        for row in gantt.rows
    ]
    title = Text(f"{gantt.site}: ", style="bold").append(
        f"{span_text(gantt.window, gantt.now)} {gantt.now:%Z}, a column is {_length(step)}"
    )
    legend = [
        [Text(note.letter, style=_colour(note.letter)), *_told(note, gantt)] for note in gantt.notes
    ]
    signs = Text(f"{free} free  {_OUT} in use by nobody", style="dim")
    return lines([title, *columns([*head, *cells]), *columns(legend), signs])


def _bars(row: Row, starts: list[datetime], *, step: timedelta, free: str) -> Text:
    line = Text()
    for start in starts:
        column = Window(start, start + step)
        bar = next((one for one in row.bars if one.window.overlaps(column)), None)
        if bar is not None:
            line.append(bar.letter, style=_colour(bar.letter))
        else:
            line.append(_OUT if row.out else free, style="dim")
    return line


def _ticks(gantt: Gantt, starts: list[datetime], step: timedelta) -> str:
    form = "%m-%d %H:%M" if step * _TICK >= _DAY else "%H:%M"
    labels = [f"{one.astimezone(gantt.now.tzinfo):{form}}" for one in starts[::_TICK]]
    return "".join(label.ljust(_TICK) for label in labels).rstrip()


def _strokes(number: int) -> str:
    return "".join("|" if place % _TICK == 0 else " " for place in range(number)).rstrip()


def _told(note: Note, gantt: Gantt) -> list[Text]:
    over = Text(", which is over" if note.is_over else "", style="red")
    span = Text(span_text(note.window, gantt.now))
    return [Text(one_line(note.words)), span.append_text(over)]


def _length(step: timedelta) -> str:
    minutes = round(step.total_seconds() / 60)
    if minutes < 60:
        return count(minutes, "minute")
    if minutes < 24 * 60:
        return count(minutes // 60, "hour")
    return count(minutes // (24 * 60), "day")


def _colour(letter: str) -> str:
    return _COLOURS[ord(letter.upper()) % len(_COLOURS)]
