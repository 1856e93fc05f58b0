"""`cmx stack`: list, select and remove stacks."""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import ask
from cloudmesh_iac.cli.asking import find_place, needed_project, select, selected
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.views.stacks_text import stacks_dict, stacks_text

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)


@app.command("ls")
def ls(
    everything: bool = typer.Option(False, "--all", help="The stacks of all projects."),
    json: options.Json = False,
) -> None:
    """List the stacks of this project."""
    desk = Desk(is_json=json)
    project = None if everything else needed_project(desk.here)
    found = open_store(desk.computer).stacks(None if project is None else project.name)
    current = None if project is None else selected(project)
    if json:
        desk.answer({"version": 1, "stacks": stacks_dict(found, current=current)})
    else:
        desk.say(stacks_text(found, current=current, now=desk.now()))


@app.command("select")
def choose(name: str = typer.Argument(help="A stack: hello, or hello.big")) -> None:
    """Make a stack the one that commands mean when they name none."""
    desk = Desk()
    project = needed_project(desk.here)
    place = find_place(name.partition(".")[0], name, desk.here)
    select(project, place.stack.name)
    desk.say(f"selected {place.stack}")


@app.command("rm")
def rm(name: str = typer.Argument(help="A stack."), yes: options.Yes = False) -> None:
    """Forget a stack that has nothing left. Its results stay."""
    desk = Desk()
    project = needed_project(desk.here)
    stack = StackId(project.name, name)
    store = open_store(desk.computer)
    if stack not in {one.stack for one in store.stacks(project.name)}:
        raise UsageProblem(f"there is no stack {name!r}", hint="`cmx stack ls` lists them")
    ask(desk, f"Forget stack {name}?", yes=yes)
    store.remove_stack(stack)
    desk.say(f"forgot {name}")
