"""What is in a chart: named series of points, and the axes that hold them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from cloudmesh_iac.core.results import ResultRow, ResultTable
from cloudmesh_iac.core.urns import natural_key
from cloudmesh_iac.views.numbers import is_number, scalar_text
from cloudmesh_iac.views.results import sorted_rows
from cloudmesh_iac.views.scales import Scale, has_place, scale_of
from cloudmesh_iac.views.words import count

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Chart:
    """Series of (x, y) in the order in which they are joined."""

    title: str
    x_label: str
    y_label: str
    series: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    log_x: bool = False
    log_y: bool = False

    def shown(self) -> dict[str, tuple[Point, ...]]:
        """Return the points that have a place: no zeros on a logarithmic axis, no NaN."""
        return {
            name: tuple(point for point in points if self._has_place(point))
            for name, points in self.series.items()
        }

    def x_scale(self) -> Scale:
        points = (point for series in self.shown().values() for point in series)
        return scale_of((x for x, _ in points), is_log=self.log_x)

    def y_scale(self) -> Scale:
        points = (point for series in self.shown().values() for point in series)
        return scale_of((y for _, y in points), is_log=self.log_y)

    def note(self) -> str:
        """Say what could not be shown; empty when all is."""
        total = sum(len(points) for points in self.series.values())
        left_out = total - sum(len(points) for points in self.shown().values())
        if not total:
            return "no points"
        if not left_out:
            return ""
        why = "not above zero on a log axis" if self.log_x or self.log_y else "not a number"
        return f"{count(left_out, 'point')} left out: {why}"

    def _has_place(self, point: Point) -> bool:
        x, y = point
        return has_place(x, is_log=self.log_x) and has_place(y, is_log=self.log_y)


def chart_of_results(
    table: ResultTable,
    metric: str,
    *,
    x: str = "",
    log: str = "",
    by: Sequence[str] | None = None,
    title: str = "",
) -> Chart:
    """Draw one metric over one axis; what shares a place in a series is averaged.

    `x` is the first axis with only numbers when it is empty; `log` is made of the letters x and y.
    `by` names the axes that make the series, all others when it is None.
    Failed runs and runs without the metric are left out.
    """
    x = x or _first_number_axis(table)
    others = [axis for axis in table.axes if axis != x] if by is None else list(by)
    found: dict[str, dict[float, list[float]]] = {}
    for row in sorted_rows(table):
        place, value = row.axes.get(x), row.metrics.get(metric)
        if row.state.is_good and is_number(place) and is_number(value):
            series = found.setdefault(_series_name(row, others) or metric, {})
            series.setdefault(float(place), []).append(float(value))
    return Chart(
        title=title or f"{table.name}: {metric}",
        x_label=x,
        y_label=metric,
        series={
            name: tuple((place, math.fsum(ys) / len(ys)) for place, ys in sorted(points.items()))
            for name, points in found.items()
        },
        log_x="x" in log,
        log_y="y" in log,
    )


def _first_number_axis(table: ResultTable) -> str:
    for axis, values in table.axes.items():
        if values and all(is_number(value) for value in values):
            return axis
    return min(table.axes, key=natural_key, default="")


def _series_name(row: ResultRow, axes: list[str]) -> str:
    return ", ".join(f"{axis}={scalar_text(row.axes.get(axis))}" for axis in axes)
