"""`cmx plan`: look at a plan that was saved."""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.saving import shown_plan
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.schema import schema_text
from cloudmesh_iac.wire.saved_plans import read_saved_plan

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
SavedFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="What `cmx preview --save` has written.")
]
OfEvents = Annotated[bool, typer.Option("--events", help="That of the lines of --events FILE.")]


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
    desk.say(plan_text(shown_plan(saved, file), marks=desk.marks, full=full))


@app.command("schema")
def schema(*, events: OfEvents = False) -> None:
    """Print the JSON Schema of what `--json` prints of plans."""
    Desk().write(schema_text("event" if events else "plan"))
