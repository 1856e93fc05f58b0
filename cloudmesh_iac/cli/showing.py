"""Show results after a run: tables, plots, and pictures beside them."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.urns import JOB_START_TYPE, Urn, name_of
from cloudmesh_iac.providers.batch.tables import (
    PlotSpec,
    ReadTable,
    declared_sweeps,
    read_tables,
    write_sweeps,
)
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.views.chart import Chart, chart_of_results
from cloudmesh_iac.views.chart_svg import chart_svg
from cloudmesh_iac.views.chart_text import chart_text
from cloudmesh_iac.views.results import results_text

_LONGEST_TABLE = 40


def declared_points(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(
        name_of(record.urn)
        for record in snapshot.records
        if record.type == JOB_START_TYPE and not record.doomed
    )


def show_results(desk: Desk, runtime: Runtime, *, changed: Iterable[Urn]) -> None:
    """Print the tables and plots of the sweeps that a run has changed; write their pictures."""
    place = runtime.place
    snapshot = runtime.store.snapshot(place.stack)
    with suppress(OSError):
        write_sweeps(place.project.folder, place.stack.name, declared_sweeps(snapshot))
    tables = read_tables(place.project.folder, place.stack.name, declared=declared_points(snapshot))
    names = {name_of(urn).partition("/")[0] for urn in changed}
    shown = [one for one in tables if one.table.name in names]
    for one in shown:
        if len(one.table.rows) <= _LONGEST_TABLE:
            desk.say(results_text(one.table))
        chart = chart_of(one)
        if chart is not None:
            say_chart(desk, chart)
    for file in write_pictures(shown):
        desk.err.print(f"picture: {file}", soft_wrap=True, markup=False)


def chart_of(read: ReadTable, asked: PlotSpec | None = None) -> Chart | None:
    """Return the picture that was asked for, by the program or `asked`, if there is one to draw."""
    plot = asked or read.plot
    if plot is None or not _can_draw(plot, read):
        return None
    chart = chart_of_results(
        read.table,
        plot.y,
        x=plot.x,
        log="xy" if plot.log else "",
        by=() if plot.hue is None else (plot.hue,),
        title=plot.title,
    )
    return chart if any(chart.shown().values()) else None


def _can_draw(plot: PlotSpec, read: ReadTable) -> bool:
    axes = {plot.x} if plot.hue is None else {plot.x, plot.hue}
    return plot.y in read.table.metrics and axes <= read.table.axes.keys()


def say_chart(desk: Desk, chart: Chart) -> None:
    ascii_only = not (desk.out.encoding or "").lower().startswith("utf")
    width = min(max(desk.out.width, 40), 76)
    desk.say(chart_text(chart, width=width, ascii_only=ascii_only))


def write_pictures(tables: Sequence[ReadTable]) -> Sequence[Path]:
    """Write `<sweep>.svg` beside the results of each sweep that has a plot."""
    written = []
    for one in tables:
        chart = chart_of(one)
        if chart is None:
            continue
        file = one.folder / f"{one.table.name}.svg"
        with suppress(OSError):  # a picture less is no reason to call a run failed
            file.write_text(chart_svg(chart))
            written.append(file)
    return written
