"""Jobs over the product of named axes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from cloudmesh_iac.components.after import Placed
from cloudmesh_iac.components.job import below_experiment
from cloudmesh_iac.components.naming import about
from cloudmesh_iac.components.placing import On, declare, find_site
from cloudmesh_iac.components.plot import Plot
from cloudmesh_iac.components.points import REPEAT, AxisValue, Exclude, Point, Shape, expand
from cloudmesh_iac.components.spec import JobSpec
from cloudmesh_iac.components.sweep_option import with_given_values
from cloudmesh_iac.errors import ExperimentError


class Sweep(pulumi.ComponentResource):
    """One job per point of the product of axes.

    `job` makes the JobSpec of a point, or is one JobSpec for all (the job sees its point as
    `CMX_<AXIS>` in its environment). A new value on an axis adds its points and leaves the others
    alone; a value taken off keeps its results. `results` holds one row per point:
    axis values, `state`, and the metrics.

    `paired`, `exclude` and `when` leave points out of the product (see Shape). `max_running` is how
    many jobs of the sweep a scheduler with arrays runs at a time; a change counts from the next
    submission on. `cmx up PROGRAM --sweep "n=[1-3] x=1,4"` gives axes of these names other values.
    """

    results: pulumi.Output[list[dict[str, Any]]]

    def __init__(
        self,
        name: str,
        *,
        job: Callable[[Point], JobSpec] | JobSpec,
        axes: Mapping[str, Sequence[AxisValue]],
        repeats: int | None = None,
        paired: Sequence[Sequence[str]] = (),
        exclude: Exclude = (),
        when: Mapping[str, Mapping[str, Sequence[AxisValue]]] | None = None,
        max_running: int | None = None,
        on: On = None,
        plot: Plot | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        axes = with_given_values(axes)
        shape = Shape(paired, exclude, when or {})
        points = expand(name, axes, repeats, shape=shape)
        if max_running is not None and (type(max_running) is not int or max_running < 1):
            raise ExperimentError(
                f"sweep {name!r}: max_running is {max_running!r}, not a whole number from 1 up"
            )
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
                declare(
                    point.name,
                    spec,
                    site=site,
                    parameters=dict(point.axes),
                    max_running=max_running,
                    opts=below,
                )
                for point, spec in zip(points, specs, strict=True)
            ]
        self.points = points
        self.jobs = {point.name: one for point, one in zip(points, declared, strict=True)}
        self.results = pulumi.Output.all(
            *[pulumi.Output.all(one.completion.state, one.completion.metrics) for one in declared]
        ).apply(lambda ends: _rows(points, ends))
        self.register_outputs({})

    def placed(self) -> Sequence[Placed]:
        """Return the jobs of all points, for those that come after them."""
        return tuple(self.jobs.values())


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
