"""`cmx results`: what have the jobs measured?"""

import sys

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.showing import chart_of, declared_points, say_chart, write_pictures
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.providers.batch.tables import read_tables
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.views.results import results_csv, results_dict, results_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def results(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    csv: bool = typer.Option(False, "--csv", help="Print comma-separated values."),
    plot: bool = typer.Option(True, "--plot/--no-plot", help="Draw what the program says."),
    json: options.Json = False,
) -> None:
    """Print the results of every sweep and job, also when the stack is gone."""
    desk = Desk(is_json=json)
    place = desk.place(program, stack)
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
    for one in tables:
        desk.say(results_text(one.table))
        chart = chart_of(one) if plot else None
        if chart is not None:
            say_chart(desk, chart)
    for file in write_pictures(tables):
        desk.err.print(f"picture: {file}", markup=False)
