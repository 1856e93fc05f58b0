"""`cmx results`: what have the jobs measured?"""

import sys
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.completing import programs
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.plotting import plot_asked, raise_nothing_to_draw
from cloudmesh_iac.cli.showing import chart_of, declared_points, say_chart, write_pictures
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.batch.tables import read_tables
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.views.results import results_csv, results_dict, results_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def results(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROGRAM]", help="A program's name or file.", autocompletion=programs
        ),
    ] = None,
    *,
    stack: options.Stack = None,
    csv: bool = typer.Option(False, "--csv", help="Print comma-separated values."),
    plot: str | None = typer.Option(
        None, "--plot", metavar="x=AXIS y=METRIC [hue=AXIS]", help="Draw this."
    ),
    draw: bool = typer.Option(True, " /--no-plot", help="Do not draw what the program says."),
    json: options.Json = False,
) -> None:
    """Print the results of every sweep and job, also when the stack is gone."""
    desk = Desk(is_json=json)
    plain, asked = plot_asked(words or [], plot)
    place = desk.place(desk.one_program(plain), stack)
    snapshot = open_store(desk.computer, desk.keys).snapshot(place.stack)
    tables = read_tables(place.project.folder, place.stack.name, declared=declared_points(snapshot))
    if not tables:
        raise UsageProblem(
            f"stack {place.stack} has no results yet", hint="`cmx status` shows its jobs"
        )
    if json:
        desk.answer({"version": 1, "tables": [results_dict(one.table) for one in tables]})
        return
    if csv:
        sys.stdout.write("\n".join(results_csv(one.table) for one in tables))
        return
    charts = [chart_of(one, asked) if draw else None for one in tables]
    if asked is not None and not any(charts):
        raise_nothing_to_draw(asked, tables)
    for one, chart in zip(tables, charts, strict=True):
        desk.say(results_text(one.table))
        if chart is not None:
            say_chart(desk, chart)
    for file in write_pictures(tables):
        desk.err.print(f"picture: {file}", soft_wrap=True, markup=False)
