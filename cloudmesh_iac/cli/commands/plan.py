"""`cmx plan`: look at a plan that was saved."""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.wire.plan_reading import to_plan
from cloudmesh_iac.wire.saved_plans import read_saved_plan

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
SavedFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="What `cmx preview --save` has written.")
]


@app.callback()
def plan() -> None:
    """Look at a plan that was saved with `cmx preview --save`."""


@app.command("show")
def show(
    file: SavedFile,
    *,
    json: options.Json = False,
    full: options.Full = False,
) -> None:
    """Print a saved plan as it was shown. Asks nobody and evaluates nothing."""
    desk = Desk(is_json=json)
    saved = read_saved_plan(file)
    if json:
        desk.answer(saved.plan)
        return
    try:
        read = to_plan(saved.plan)
    except (KeyError, TypeError, ValueError) as error:
        raise UsageProblem(f"{file} holds a plan that cannot be read: {error}") from error
    desk.say(plan_text(read, marks=desk.marks, full=full))
