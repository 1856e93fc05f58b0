"""`cmx stack`: list, select and remove stacks, change their passphrase."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import ask
from cloudmesh_iac.cli.asking import find_place, needed_project, select, selected
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.settings.passphrases import Passphrases
from cloudmesh_iac.store.changing_passphrases import change_passphrase
from cloudmesh_iac.views.stacks_text import stacks_dict, stacks_text

NewFile = Annotated[Path | None, typer.Option("--new-file", help="A file with the new one.")]
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


@app.command("passphrase")
def passphrase(
    name: str | None = typer.Argument(None, help="A stack; else the selected or only one."),
    *,
    new_file: NewFile = None,
    json: options.Json = False,
) -> None:
    """Encrypt the secrets of a stack with another passphrase, in its state and its settings.

    The old one comes from where it always does. The new one is asked for, or is a line of stdin.
    """
    desk = Desk(is_json=json)
    place = desk.place(None, name)
    change_passphrase(
        place.project,
        place.stack,
        _new_passphrase(desk, new_file),
        keys=desk.keys,
        store=desk.store,
        computer=desk.computer,
    )
    if json:
        desk.answer({"version": 1, "stack": str(place.stack), "changed": True})
    else:
        desk.say(f"the secrets of {place.stack} have another passphrase now")


def _new_passphrase(desk: Desk, file: Path | None) -> str:
    """Errors: UsageProblem for none, or for two that differ."""
    if file is not None:
        new = Passphrases(desk.computer).from_file(file).text
    elif desk.is_interactive:
        new = desk.ask_secret("New passphrase: ")
        if desk.ask_secret("The same again: ") != new:
            raise UsageProblem("the two differ", hint="nothing was changed")
    else:
        new = sys.stdin.readline().rstrip("\r\n")
    if not new:
        raise UsageProblem(
            "there is no new passphrase", hint="write it to stdin, or name its file: --new-file"
        )
    return new
