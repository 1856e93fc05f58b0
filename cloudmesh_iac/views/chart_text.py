"""How does a chart look in a terminal?"""

from collections.abc import Mapping

from cloudmesh_iac.views.chart import Chart, Point
from cloudmesh_iac.views.scales import Scale
from cloudmesh_iac.views.values_text import shorten
from cloudmesh_iac.views.words import one_line

_MARKS = "●▲■◆○△□◇"
_ASCII_MARKS = "*+xo#@%="
_LOWEST, _NARROWEST = 8, 30
_COLUMNS_PER_TICK = 12
_ROWS_PER_TICK = 3
_BETWEEN = "   "


def chart_text(chart: Chart, *, width: int = 72, height: int = 18, ascii_only: bool = False) -> str:
    """Return lines of at most `width` columns, `height` of them, and the legend below.

    A place where two series meet shows the later one.
    """
    marks = _ASCII_MARKS if ascii_only else _MARKS
    width = max(_NARROWEST, width)
    x_scale, y_scale = chart.x_scale(), chart.y_scale()
    rows = max(_LOWEST, height) - 5
    ticks = _tick_rows(y_scale, rows)
    gutter = max(len(label) for label in ticks.values())
    columns = width - gutter - 3
    grid = [[" "] * columns for _ in range(rows)]
    for number, points in enumerate(chart.shown().values()):
        for column, row in _cells(points, x_scale=x_scale, y_scale=y_scale, grid=grid):
            grid[row][column] = marks[number % len(marks)]
    wall, corner, floor = ("|", "+", "-") if ascii_only else ("┤", "└", "─")
    plain = wall if ascii_only else "│"
    body = [
        f"{ticks.get(row, ''):>{gutter}} {wall if row in ticks else plain}{''.join(cells)}"
        for row, cells in enumerate(grid)
    ]
    return "\n".join(
        line.rstrip()
        for line in [
            shorten(one_line(chart.title), width).center(width),
            _axis_label(chart.y_label, is_log=chart.log_y, width=width),
            *body,
            f"{'':>{gutter}} {corner}{floor * columns}",
            f"{'':>{gutter}}  {_tick_line(x_scale, columns)}",
            f"{'':>{gutter}}  "
            + _axis_label(chart.x_label, is_log=chart.log_x, width=columns).center(columns),
            *_legend(chart, marks, width=width),
        ]
    )


def _cells(
    points: tuple[Point, ...], *, x_scale: Scale, y_scale: Scale, grid: list[list[str]]
) -> list[tuple[int, int]]:
    columns, rows = len(grid[0]), len(grid)
    return [
        (round(x_scale.place(x) * (columns - 1)), round((1 - y_scale.place(y)) * (rows - 1)))
        for x, y in points
    ]


def _tick_rows(scale: Scale, rows: int) -> Mapping[int, str]:
    """Return the label of each row that has one."""
    ticks = scale.ticks(max(2, rows // _ROWS_PER_TICK))
    return {round((1 - scale.place(tick.value)) * (rows - 1)): tick.label for tick in ticks} or {
        rows - 1: ""
    }


def _tick_line(scale: Scale, columns: int) -> str:
    """Put labels below their places; one that would touch its neighbour is left out."""
    line = ""
    for tick in scale.ticks(max(2, columns // _COLUMNS_PER_TICK)):
        centre = round(scale.place(tick.value) * (columns - 1))
        start = max(0, min(centre - len(tick.label) // 2, columns - len(tick.label)))
        if not line or start > len(line):
            line = line.ljust(start) + tick.label
    return line


def _axis_label(label: str, *, is_log: bool, width: int) -> str:
    ending = " (log)" if is_log else ""
    return shorten(one_line(label), width - len(ending)) + ending


def _legend(chart: Chart, marks: str, *, width: int) -> list[str]:
    """Return lines with as many names as fit, and what could not be shown."""
    lines: list[str] = []
    for number, name in enumerate(chart.series if len(chart.series) > 1 else ()):
        entry = shorten(f"{marks[number % len(marks)]} {one_line(name)}", width)
        if lines and len(lines[-1]) + len(_BETWEEN) + len(entry) <= width:
            lines[-1] += _BETWEEN + entry
        else:
            lines.append(entry)
    note = chart.note()
    return [*lines, note] if note else lines
