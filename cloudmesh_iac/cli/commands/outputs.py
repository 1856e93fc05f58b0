"""`cmx outputs`: what did the program give its stack?"""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.values import Properties, Value, without_secrets
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.store.keys import unreadable
from cloudmesh_iac.views.values_json import json_properties
from cloudmesh_iac.views.values_text import SECRET, value_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def outputs(
    program: options.Program = None,
    *,
    name: str | None = typer.Option(None, "--name", "-n", help="Only this one."),
    show_secrets: options.ShowSecrets = False,
    stack: options.Stack = None,
    json: options.Json = False,
) -> None:
    """Print the outputs of a stack as last recorded."""
    desk = Desk(is_json=json)
    place = desk.place(program, stack)
    snapshot = open_store(desk.computer, desk.keys).snapshot(place.stack)
    found = _found(snapshot, name)
    if show_secrets:
        if snapshot.is_sealed:
            raise unreadable(place.stack)
        found = {key: without_secrets(value) for key, value in found.items()}
    if json:
        desk.answer(json_properties(found, lambda _: SECRET))
        return
    if not found:
        desk.err.print(f"{place.stack} has no outputs yet", soft_wrap=True, markup=False)
    for key in sorted(found):
        _say(desk, key, found[key])


def _found(snapshot: Snapshot, name: str | None) -> Properties:
    """Return all outputs, or one. Errors: UsageProblem for one that is not there."""
    outputs: Properties = {}
    for record in snapshot.records:
        if record.is_stack:
            outputs = record.outputs
    if name is None:
        return outputs
    if name not in outputs:
        known = ", ".join(sorted(outputs)) or "none"
        raise UsageProblem(f"there is no output {name!r}", hint=f"the outputs: {known}")
    return {name: outputs[name]}


def _say(desk: Desk, key: str, value: Value) -> None:
    if isinstance(value, tuple) and len(value) > 1:
        desk.say(f"{key}:")
        for item in value:
            desk.say(f"  {value_text(item)}")
    else:
        desk.say(f"{key}: {value_text(value)}")
