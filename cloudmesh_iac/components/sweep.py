"""Jobs over the product of named axes."""

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from cloudmesh_iac.components.job import below_experiment
from cloudmesh_iac.components.naming import about
from cloudmesh_iac.components.placing import On, declare, find_site
from cloudmesh_iac.components.plot import Plot
from cloudmesh_iac.components.spec import JobSpec
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


def expand(
    name: str, axes: Mapping[str, Sequence[AxisValue]], repeats: int | None = None
) -> tuple[Point, ...]:
    """Return the points of a sweep, in a stable order.

    Shape: as many points as the product of the axis lengths; the last axis moves fastest, repeats
    fastest of all. Errors: ExperimentError names everything that is wrong with the axes at once.
    """
    _check(name, axes, repeats)
    all_axes: dict[str, Sequence[AxisValue]] = dict(axes)
    if repeats is not None:
        all_axes[REPEAT] = range(1, repeats + 1)
    return tuple(
        _point(name, dict(zip(all_axes, values, strict=True)))
        for values in itertools.product(*all_axes.values())
    )


def _point(name: str, values: Mapping[str, AxisValue]) -> Point:
    parts = [f"{axis}={_written(value)}" for axis, value in values.items()]
    return Point(f"{name}/{','.join(parts)}" if parts else name, values)


def _written(value: AxisValue) -> str:
    """Write a value so that a name still says which axis it belongs to."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.replace("%", "%25").replace("/", "%2F").replace(",", "%2C")


def _check(name: str, axes: Mapping[str, Sequence[AxisValue]], repeats: int | None) -> None:
    problems = [
        f"axis {axis!r} {problem}"
        for axis, values in axes.items()
        for problem in _bad_values(values)
    ]
    if repeats is not None and (type(repeats) is not int or repeats < 1):
        problems.append(f"repeats is {repeats!r}, not a whole number from 1 up")
    if REPEAT in axes:
        problems.append(f"an axis cannot be called {REPEAT!r}: use repeats=")
    if problems:
        raise ExperimentError(f"sweep {name!r}: {'; '.join(problems)}")


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


class Sweep(pulumi.ComponentResource):
    """One job per point of the product of axes.

    `job` makes the JobSpec of a point, or is one JobSpec for all (the job sees its point as
    `CMX_<AXIS>` in its environment). A new value on an axis adds its points and leaves the others
    alone; a value taken off keeps its results. `results` holds one row per point:
    axis values, `state`, and the metrics.
    """

    results: pulumi.Output[list[dict[str, Any]]]

    def __init__(
        self,
        name: str,
        *,
        job: Callable[[Point], JobSpec] | JobSpec,
        axes: Mapping[str, Sequence[AxisValue]],
        repeats: int | None = None,
        on: On = None,
        plot: Plot | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        points = expand(name, axes, repeats)
        specs = [_spec(job, point) for point in points]
        site = find_site(on)
        shown = {axis: list(values) for axis, values in axes.items()}
        if repeats is not None:
            shown[REPEAT] = list(range(1, repeats + 1))
        metrics = sorted({*_metrics(specs)})
        taken = sorted({"state", *shown} & {*metrics})
        if taken:
            raise ExperimentError(
                f"sweep {name!r}: a metric cannot be called {', '.join(taken)}",
                hint="the results have a column of that name already",
            )
        props: dict[str, Any] = {"axes": shown, "metrics": metrics}
        if plot is not None:
            _check_plot(name, plot, axes=list(shown), metrics=metrics)
            props["plot"] = plot.to_plain()
        # The order of axes is the order of the columns: a list, since maps lose it on the wire.
        props["order"] = list(shown)
        super().__init__("cmx:index:Sweep", name, props, below_experiment(opts))
        below = pulumi.ResourceOptions(parent=self)
        with about(f"sweep {name!r}"):
            declared = [
                declare(point.name, spec, site=site, parameters=dict(point.axes), opts=below)
                for point, spec in zip(points, specs, strict=True)
            ]
        self.points = points
        self.jobs = {point.name: one for point, one in zip(points, declared, strict=True)}
        self.results = pulumi.Output.all(
            *[pulumi.Output.all(one.completion.state, one.completion.metrics) for one in declared]
        ).apply(lambda ends: _rows(points, ends))
        self.register_outputs({})


def _check_plot(name: str, plot: Plot, *, axes: Sequence[str], metrics: Sequence[str]) -> None:
    problems = [
        f"{field}={axis!r} is no axis ({', '.join(axes)})"
        for field, axis in (("x", plot.x), ("hue", plot.hue))
        if axis is not None and axis not in axes
    ]
    if plot.y not in metrics:
        problems.append(f"y={plot.y!r} is no metric ({', '.join(metrics) or 'there are none'})")
    if problems:
        raise ExperimentError(f"sweep {name!r}: its plot: {'; '.join(problems)}")


def _spec(job: Callable[[Point], JobSpec] | JobSpec, point: Point) -> JobSpec:
    if isinstance(job, JobSpec):
        return job
    with about(f"point {point.name!r}"):
        spec = job(point)
    if not isinstance(spec, JobSpec):
        raise ExperimentError(
            f"point {point.name!r}: the function returned {type(spec).__name__}, not a JobSpec",
            hint="end it with `return cmx.JobSpec(...)`",
        )
    return spec


def _metrics(specs: Sequence[JobSpec]) -> Iterator[str]:
    for spec in specs:
        yield from spec.metrics


def _rows(points: Sequence[Point], ends: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {**point.axes, "state": state, **(metrics or {})}
        for point, (state, metrics) in zip(points, ends, strict=True)
    ]
