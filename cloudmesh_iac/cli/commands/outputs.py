"""`cmx outputs`: what did the program give its stack?"""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.views.plan_json import json_value
from cloudmesh_iac.views.values_text import value_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def outputs(
    program: options.Program = None,
    *,
    name: str | None = typer.Option(None, "--name", "-n", help="Only this one."),
    stack: options.Stack = None,
    json: options.Json = False,
) -> None:
    """Print the outputs of a stack as last recorded."""
    desk = Desk(is_json=json)
    place = desk.place(program, stack)
    snapshot = open_store(desk.computer, desk.keys).snapshot(place.stack)
    found: Properties = {}
    for record in snapshot.records:
        if record.is_stack:
            found = record.outputs
    if name is not None:
        if name not in found:
            known = ", ".join(sorted(found)) or "none"
            raise UsageProblem(f"there is no output {name!r}", hint=f"the outputs: {known}")
        found = {name: found[name]}
    if json:
        desk.answer({key: json_value(value) for key, value in found.items()})
        return
    if not found:
        desk.err.print(f"{place.stack} has no outputs yet", markup=False)
    for key in sorted(found):
        value = found[key]
        if isinstance(value, tuple) and len(value) > 1:
            desk.say(f"{key}:")
            for item in value:
                desk.say(f"  {value_text(item)}")
        else:
            desk.say(f"{key}: {value_text(value)}")
