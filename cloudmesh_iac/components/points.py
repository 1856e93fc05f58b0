"""Which points does a sweep have, in which order, and what are they called?"""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cloudmesh_iac.errors import ExperimentError

AxisValue = bool | int | float | str
REPEAT = "repeat"


@dataclass(frozen=True)
class Point(Mapping[str, Any]):
    """One point of a sweep: `point["nodes"]` is its value on an axis.

    `name` looks like `pi/n=100,seed=1`; `repeat` counts from 1, and is 0 without repeats.
    """

    name: str
    axes: Mapping[str, AxisValue]

    @property
    def repeat(self) -> int:
        return int(self.axes.get(REPEAT, 0))

    def __getitem__(self, axis: str) -> Any:
        if axis not in self.axes:
            known = ", ".join(self.axes)
            raise ExperimentError(f"there is no axis {axis!r}", hint=f"the axes: {known}")
        return self.axes[axis]

    def __contains__(self, axis: object) -> bool:
        return axis in self.axes

    def get(self, axis: str, default: Any = None) -> Any:
        return self.axes.get(axis, default)

    def __iter__(self) -> Iterator[str]:
        return iter(self.axes)

    def __len__(self) -> int:
        return len(self.axes)


Exclude = Callable[[Point], bool] | Sequence[Mapping[str, AxisValue]]


@dataclass(frozen=True)
class Shape:
    """What makes the points of a sweep other than the whole product of its axes.

    `paired` are groups of axes that move together: first values with first values. `when` gives an
    axis only to the points where other axes have one of some values. `exclude` leaves points out:
    those that have all values of one of its maps, or for which it is a function that says so.
    """

    paired: Sequence[Sequence[str]] = ()
    exclude: Exclude = ()
    when: Mapping[str, Mapping[str, Sequence[AxisValue]]] = field(default_factory=dict)


_WHOLE = Shape()


def expand(
    name: str,
    axes: Mapping[str, Sequence[AxisValue]],
    repeats: int | None = None,
    *,
    shape: Shape = _WHOLE,
) -> tuple[Point, ...]:
    """Return the points of a sweep, in a stable order.

    Shape: as many points as the product of the axis lengths, paired axes counting once; the last
    axis moves fastest, repeats fastest of all. Errors: ExperimentError names everything that is
    wrong with the axes at once.
    """
    _check(name, axes, repeats, shape=shape)
    groups = [*_groups(axes, shape.paired)]
    if repeats is not None:
        groups.append([{REPEAT: number} for number in range(1, repeats + 1)])
    points: dict[str, Point] = {}
    for chosen in itertools.product(*groups):
        together = {axis: value for part in chosen for axis, value in part.items()}
        values = {axis: together[axis] for axis in (*axes, REPEAT) if axis in together}
        point = _point(name, _conditional(values, shape.when))
        if not _is_excluded(point, shape.exclude):
            points.setdefault(point.name, point)
    if not points:
        raise ExperimentError(f"sweep {name!r}: exclude leaves no point")
    return tuple(points.values())


def _groups(
    axes: Mapping[str, Sequence[AxisValue]], paired: Sequence[Sequence[str]]
) -> Iterator[list[dict[str, AxisValue]]]:
    """Return the choices of each axis, or of the axes that move together, in declared order."""
    of_axis = {axis: tuple(group) for group in paired for axis in group}
    seen: set[str] = set()
    for axis in axes:
        group = of_axis.get(axis, (axis,))
        if axis not in seen:
            seen.update(group)
            together = zip(*(axes[one] for one in group), strict=True)
            yield [dict(zip(group, values, strict=True)) for values in together]


def _conditional(
    values: dict[str, AxisValue], when: Mapping[str, Mapping[str, Sequence[AxisValue]]]
) -> dict[str, AxisValue]:
    """Take away the axes whose condition does not hold; one may stand on another."""
    kept = dict(values)
    for axis in values:
        if any(kept.get(other) not in allowed for other, allowed in when.get(axis, {}).items()):
            kept.pop(axis, None)
    return kept


def _is_excluded(point: Point, exclude: Exclude) -> bool:
    if callable(exclude):
        return bool(exclude(point))
    return any(
        all(axis in point and point[axis] == value for axis, value in one.items())
        for one in exclude
    )


def _point(name: str, values: Mapping[str, AxisValue]) -> Point:
    parts = [f"{axis}={_written(value)}" for axis, value in values.items()]
    return Point(f"{name}/{','.join(parts)}" if parts else name, values)


def _written(value: AxisValue) -> str:
    """Write a value so that a name still says which axis it belongs to."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("%", "%25").replace("/", "%2F").replace(",", "%2C")


def _check(
    name: str, axes: Mapping[str, Sequence[AxisValue]], repeats: int | None, *, shape: Shape
) -> None:
    problems = [
        f"axis {axis!r} {problem}"
        for axis, values in axes.items()
        for problem in _bad_values(values)
    ]
    if repeats is not None and (type(repeats) is not int or repeats < 1):
        problems.append(f"repeats is {repeats!r}, not a whole number from 1 up")
    if REPEAT in axes:
        problems.append(f"an axis cannot be called {REPEAT!r}: use repeats=")
    problems += [] if problems else [*_bad_pairs(axes, shape.paired), *_bad_names(axes, shape)]
    if problems:
        raise ExperimentError(f"sweep {name!r}: {'; '.join(problems)}")


def _bad_pairs(
    axes: Mapping[str, Sequence[AxisValue]], paired: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Say which axes cannot move together."""
    taken: Counter[str] = Counter(axis for group in paired for axis in group)
    yield from (f"paired names axis {axis!r} twice" for axis in taken if taken[axis] > 1)
    for group in paired:
        missing = [axis for axis in group if axis not in axes]
        yield from (f"paired names {axis!r}, which is no axis" for axis in missing)
        lengths = {axis: len(axes[axis]) for axis in group if axis in axes}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{axis} has {length}" for axis, length in lengths.items())
            yield f"paired axes need equally many values: {said}"


def _bad_names(axes: Mapping[str, Sequence[AxisValue]], shape: Shape) -> Iterator[str]:
    """Say which names are no axes; a condition stands on an axis that is declared before."""
    order = list(axes)
    for axis, conditions in shape.when.items():
        if axis not in axes:
            yield f"when names {axis!r}, which is no axis"
            continue
        before = order[: order.index(axis)]
        yield from (
            f"when of {axis!r} stands on {other!r}, which is no axis before it"
            for other in conditions
            if other not in before
        )
    if not callable(shape.exclude):
        known = {*axes, REPEAT}
        named = dict.fromkeys(axis for one in shape.exclude for axis in one)
        yield from (
            f"exclude names {axis!r}, which is no axis" for axis in named if axis not in known
        )


def _bad_values(values: Any) -> Sequence[str]:
    """Say what is wrong with the values of one axis; a set has no order, a generator no second."""
    if isinstance(values, str) or not isinstance(values, Sequence):
        return [f"is of type {type(values).__name__}, not a list of values"]
    if not values:
        return ["is empty"]
    foreign = [
        f"has {value!r}; its values are bool, int, float or str"
        for value in values
        if not isinstance(value, AxisValue)
        or (isinstance(value, float) and not math.isfinite(value))
    ]
    return foreign or [f"has {value!r} twice" for value in _twice([*map(_written, values)])]


def _twice(values: Sequence[str]) -> Sequence[str]:
    return sorted(value for value, times in Counter(values).items() if times > 1)
