"""How does a calendar of machines look on a page: one SVG that needs nothing else."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from cloudmesh_iac.views.gantt import Bar, Gantt, Row
from cloudmesh_iac.views.svg_parts import COLOURS, px, svg_document, xml_text
from cloudmesh_iac.views.times import span_text

_WIDTH = 960
_TOP, _RIGHT, _ROW, _LEGEND_ROW = 84, 24, 28, 24
_MOST_TICKS = 8
_LETTER = 8.4
_DAY = timedelta(days=1)


def gantt_svg(gantt: Gantt) -> str:
    """Return a document 960 units wide on a white ground, with a last line break."""
    frame = _Frame(gantt)
    title = f"{gantt.site}: {span_text(gantt.window, gantt.now)} {gantt.now:%Z}"
    parts = [
        f'<text x="24" y="36" font-size="18" font-weight="600" fill="#1a1a1a">{xml_text(title)}'
        "</text>",
        *_grid(frame),
        *(part for number, row in enumerate(gantt.rows) for part in _row(row, number, frame)),
        *_now(frame),
        *_legend(frame),
    ]
    return svg_document(parts, title=title, width=_WIDTH, height=frame.height)


class _Frame:
    """The rectangle of the bars, and where a time falls."""

    def __init__(self, gantt: Gantt) -> None:
        self.gantt = gantt
        longest = max((len(one.name) for one in gantt.rows), default=0)
        self.left = 40 + round(longest * _LETTER)
        self.right = _WIDTH - _RIGHT
        self.bottom = _TOP + _ROW * max(1, len(gantt.rows))
        self.height = self.bottom + 40 + _LEGEND_ROW * len(gantt.notes)

    def across(self, time: datetime) -> float:
        window = self.gantt.window
        part = (time - window.start) / (window.end - window.start)
        return self.left + min(1.0, max(0.0, part)) * (self.right - self.left)


def _grid(frame: _Frame) -> Iterator[str]:
    step = frame.gantt.step(_MOST_TICKS)
    form = "%m-%d" if step >= _DAY else "%H:%M"
    time = frame.gantt.window.start
    while time < frame.gantt.window.end:
        x = px(frame.across(time))
        yield (
            f'<line x1="{x}" y1="{_TOP - 6}" x2="{x}" y2="{frame.bottom}" stroke="#dddddd" '
            'stroke-width="1"/>'
        )
        yield (
            f'<text x="{x}" y="{_TOP - 12}" font-size="12" fill="#444444">'
            f"{time.astimezone(frame.gantt.now.tzinfo):{form}}</text>"
        )
        time += step


def _row(row: Row, number: int, frame: _Frame) -> Iterator[str]:
    y = _TOP + number * _ROW
    ground = "#f4f4f4" if row.out else "none"
    width = px(frame.right - frame.left)
    yield (
        f'<rect x="{frame.left}" y="{y}" width="{width}" height="{_ROW}" fill="{ground}" '
        'stroke="#e4e4e4"/>'
    )
    yield (
        f'<text x="{frame.left - 12}" y="{y + _ROW / 2:g}" dy="0.35em" font-size="14" '
        f'text-anchor="end" fill="#1a1a1a">{xml_text(row.name)}</text>'
    )
    if row.out:
        yield (
            f'<text x="{frame.right - 8}" y="{y + _ROW / 2:g}" dy="0.35em" font-size="12" '
            f'text-anchor="end" fill="#777777">{xml_text(row.out)}</text>'
        )
    for bar in row.bars:
        yield from _bar(bar, y, frame)


def _bar(bar: Bar, y: int, frame: _Frame) -> Iterator[str]:
    left, right = frame.across(bar.window.start), frame.across(bar.window.end)
    if right <= left:
        return
    yield (
        f'<rect x="{px(left)}" y="{y + 4}" width="{px(right - left)}" height="{_ROW - 8}" rx="4" '
        f"{_paint(bar.letter)}/>"
    )


def _now(frame: _Frame) -> Iterator[str]:
    if frame.gantt.window.has(frame.gantt.now):
        x = px(frame.across(frame.gantt.now))
        yield (
            f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{frame.bottom}" stroke="#b00020" '
            'stroke-width="2"/>'
        )


def _legend(frame: _Frame) -> Iterator[str]:
    for number, note in enumerate(frame.gantt.notes):
        y = frame.bottom + 32 + number * _LEGEND_ROW
        span = span_text(note.window, frame.gantt.now)
        over = ", which is over" if note.is_over else ""
        yield f'<rect x="24" y="{y - 11}" width="16" height="14" rx="3" {_paint(note.letter)}/>'
        yield (
            f'<text x="50" y="{y}" font-size="14" fill="#1a1a1a">'
            f"{xml_text(f'{note.words}: {span}{over}')}</text>"
        )


def _paint(letter: str) -> str:
    """A lease is filled; a reservation, which lies ahead, has an outline."""
    colour = COLOURS[(ord(letter.upper()) - ord("A")) % len(COLOURS)]
    if letter.isupper():
        return f'fill="{colour}"'
    return f'fill="{colour}" fill-opacity="0.25" stroke="{colour}" stroke-width="1.5"'
