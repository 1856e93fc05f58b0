"""How does a chart look on a page: one SVG that needs nothing else."""

from collections.abc import Iterator

from cloudmesh_iac.views.chart import Chart
from cloudmesh_iac.views.svg_parts import COLOURS, px, svg_document, xml_text
from cloudmesh_iac.views.words import cut

_WIDTH, _HEIGHT = 800, 500
_TOP, _BOTTOM, _LEFT, _RIGHT = 64, 72, 88, 32
_LEGEND_ROW = 22
_LEGEND_SIGN, _LEGEND_LETTER = 58, 8.2  # what a name needs beside its letters, and for each
_MOST_LEGEND = 14
_LONGEST_NAME = 24
_LONGEST_TITLE = 70


class _Frame:
    """The rectangle that the points lie in, and where a value falls."""

    def __init__(self, chart: Chart) -> None:
        self.x, self.y = chart.x_scale(), chart.y_scale()
        self.left, self.top = _LEFT, _TOP
        longest = min(_LONGEST_NAME, max(map(len, chart.series), default=0))
        legend = _LEGEND_SIGN + round(longest * _LEGEND_LETTER)
        self.right = _WIDTH - (legend if len(chart.series) > 1 else _RIGHT)
        self.bottom = _HEIGHT - _BOTTOM

    def across(self, value: float) -> str:
        return px(self.left + self.x.place(value) * (self.right - self.left))

    def down(self, value: float) -> str:
        return px(self.bottom - self.y.place(value) * (self.bottom - self.top))


def chart_svg(chart: Chart) -> str:
    """Return a document of 800 by 500 units on a white ground, with a last line break."""
    frame = _Frame(chart)
    title = xml_text(cut(chart.title, _LONGEST_TITLE))
    parts = [
        f'<text x="{frame.left}" y="36" font-size="20" font-weight="600" fill="#1a1a1a">'
        f"{title}</text>",
        *_x_axis(frame),
        *_y_axis(frame),
        *_axis_labels(chart, frame),
        *_series(chart, frame),
        *_legend(chart, frame),
        *_note(chart),
    ]
    return svg_document(parts, title=chart.title, width=_WIDTH, height=_HEIGHT)


def _x_axis(frame: _Frame) -> Iterator[str]:
    yield (
        f'<line x1="{frame.left}" y1="{frame.bottom}" x2="{frame.right}" y2="{frame.bottom}" '
        'stroke="#555555" stroke-width="1.5"/>'
    )
    for tick in frame.x.ticks(7):
        x = frame.across(tick.value)
        yield (
            f'<line x1="{x}" y1="{frame.bottom}" x2="{x}" y2="{frame.bottom + 6}" '
            'stroke="#555555" stroke-width="1.5"/>'
        )
        yield (
            f'<text x="{x}" y="{frame.bottom + 24}" font-size="14" text-anchor="middle" '
            f'fill="#444444">{xml_text(tick.label)}</text>'
        )


def _y_axis(frame: _Frame) -> Iterator[str]:
    for tick in frame.y.ticks(6):
        y = frame.down(tick.value)
        colour = "#e4e4e4" if tick.value else "#a8a8a8"  # zero divides what it stands between
        yield (
            f'<line x1="{frame.left}" y1="{y}" x2="{frame.right}" y2="{y}" '
            f'stroke="{colour}" stroke-width="1"/>'
        )
        yield (
            f'<text x="{frame.left - 10}" y="{y}" dy="0.35em" font-size="14" text-anchor="end" '
            f'fill="#444444">{xml_text(tick.label)}</text>'
        )


def _axis_labels(chart: Chart, frame: _Frame) -> Iterator[str]:
    middle_x, middle_y = (frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2
    style = 'font-size="15" text-anchor="middle" fill="#1a1a1a"'
    x_label = xml_text(cut(chart.x_label, _LONGEST_TITLE)) + (" (log)" if chart.log_x else "")
    y_label = xml_text(cut(chart.y_label, _LONGEST_TITLE // 2)) + (" (log)" if chart.log_y else "")
    yield f'<text x="{px(middle_x)}" y="{frame.bottom + 50}" {style}>{x_label}</text>'
    yield f'<text transform="translate(26 {px(middle_y)}) rotate(-90)" {style}>{y_label}</text>'


def _series(chart: Chart, frame: _Frame) -> Iterator[str]:
    for number, points in enumerate(chart.shown().values()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(frame.across(x), frame.down(y)) for x, y in points]
        if len(places) > 1:
            line = " ".join(f"{x},{y}" for x, y in places)
            yield (
                f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5" '
                'stroke-linejoin="round" stroke-linecap="round"/>'
            )
        yield from (_mark(x, y, colour) for x, y in places)


def _mark(x: str, y: str, colour: str) -> str:
    return (
        f'<circle cx="{x}" cy="{y}" r="4.5" fill="{colour}" stroke="#ffffff" stroke-width="1.5"/>'
    )


def _legend(chart: Chart, frame: _Frame) -> Iterator[str]:
    names = list(chart.series)
    if len(names) <= 1:
        return
    x = frame.right + 18
    for number, name in enumerate(names[:_MOST_LEGEND]):
        y = frame.top + 10 + number * _LEGEND_ROW
        colour = COLOURS[number % len(COLOURS)]
        yield (
            f'<line x1="{x}" y1="{y}" x2="{x + 20}" y2="{y}" stroke="{colour}" stroke-width="2.5"/>'
        )
        yield _mark(str(x + 10), str(y), colour)
        yield (
            f'<text x="{x + 28}" y="{y}" dy="0.35em" font-size="14" fill="#1a1a1a">'
            f"{xml_text(cut(name, _LONGEST_NAME))}</text>"
        )
    if len(names) > _MOST_LEGEND:
        y = frame.top + 10 + _MOST_LEGEND * _LEGEND_ROW
        more = f"and {len(names) - _MOST_LEGEND} more"
        yield f'<text x="{x + 28}" y="{y}" dy="0.35em" font-size="14" fill="#444444">{more}</text>'


def _note(chart: Chart) -> Iterator[str]:
    if note := chart.note():
        yield (
            f'<text x="{_WIDTH - 16}" y="{_HEIGHT - 12}" font-size="12" text-anchor="end" '
            f'fill="#777777">{xml_text(note)}</text>'
        )
