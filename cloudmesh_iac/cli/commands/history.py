"""`cmx history`: what was done to a stack, when and by whom?"""

import sys
from collections.abc import Mapping, Sequence
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import finish
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.journal import HistoryEntry
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.verifying import verify as look_for_flaws
from cloudmesh_iac.errors import ExitCode, UsageProblem
from cloudmesh_iac.runtime import open_store
from cloudmesh_iac.store.keys import unreadable
from cloudmesh_iac.views.history_json import entry_dict, history_dict, verified_dict
from cloudmesh_iac.views.history_text import Look, entry_text, history_text, verified_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SHOW = "show"


@app.command()
def history(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROGRAM] [show NUMBER]", help="A program; or all about one update."
        ),
    ] = None,
    *,
    stack: options.Stack = None,
    most: int = typer.Option(20, "-n", min=1, help="How many updates."),
    everything: bool = typer.Option(False, "--all", help="All of them."),
    verify: bool = typer.Option(False, "--verify", help="See whether the history is whole."),
    program: bool = typer.Option(False, "--program", help="With show: print the program's copy."),
    json: options.Json = False,
) -> None:
    """List the updates of a stack, the newest first; `show NUMBER` tells all about one."""
    desk = Desk(is_json=json)
    name, items = desk.program_and_items(words or [])
    number = _number(items, said=name)
    name = items[0] if number is None and items else name
    at = desk.place(name, stack).stack
    store = open_store(desk.computer, desk.keys)
    if verify:
        _verify(desk, at, store)
    elif number is None:
        _list(desk, at, store, most=None if everything else most)
    else:
        _show(desk, _entry(store.history(at), number, at), store, stack=at, program=program)


def _number(items: Sequence[str], *, said: str | None) -> int | None:
    """Return which update is to be shown, None for the list. Errors: UsageProblem."""
    if not items or (items[0] != _SHOW and len(items) == 1 and said is None):
        return None
    if items[0] != _SHOW or len(items) != 2 or not items[1].isdecimal():
        raise UsageProblem(
            f"{' '.join(items)!r} is not an update", hint="cmx history [PROGRAM] show NUMBER"
        )
    return int(items[1])


def _entry(entries: Sequence[HistoryEntry], number: int, stack: StackId) -> HistoryEntry:
    for entry in entries:
        if entry.number == number:
            return entry
    newest = f"the newest is {entries[-1].number}" if entries else "it has none yet"
    raise UsageProblem(f"{stack} has no update {number}", hint=newest)


def _list(desk: Desk, stack: StackId, store: Store, *, most: int | None) -> None:
    entries = store.history(stack, newest=most)
    look = _look(desk, stack, store)
    if desk.is_json:
        desk.answer(history_dict(stack, entries, running=look.running))
    else:
        desk.say(history_text(stack, entries, look=look))


def _look(desk: Desk, stack: StackId, store: Store) -> Look:
    """The newest update is under way as long as somebody has the lock."""
    is_held = store.lock(stack) is not None
    return Look(desk.now(), desk.marks, store.chain(stack).length if is_held else None)


def _show(desk: Desk, entry: HistoryEntry, store: Store, *, stack: StackId, program: bool) -> None:
    copy = entry.started.origin.copy
    files = store.program_copy(stack, copy) if copy else {}
    look = _look(desk, stack, store)
    if program:
        if files is None:
            raise unreadable(stack)
        _print_program(entry, files)
    elif desk.is_json:
        shown = entry_dict(entry, running=look.running, files=files)
        desk.answer({"version": 1, "project": stack.project, "stack": stack.name, **shown})
    else:
        desk.say(entry_text(stack, entry, files or {}, look=look))


def _print_program(entry: HistoryEntry, files: Mapping[str, str]) -> None:
    if not files:
        commit, path = entry.started.origin.commit, entry.started.program
        raise UsageProblem(
            f"update {entry.number} keeps no copy of its program",
            hint=f"git show {commit}:./{path}" if commit else None,
        )
    for path, text in files.items():
        if len(files) > 1:
            sys.stdout.write(f"# --- {path}\n")
        sys.stdout.write(text)


def _verify(desk: Desk, stack: StackId, store: Store) -> None:
    flaws, chain = look_for_flaws(stack, store), store.chain(stack)
    if desk.is_json:
        desk.answer(verified_dict(chain, flaws))
    else:
        desk.say(verified_text(chain, flaws))
    finish(ExitCode.FAILED if flaws else ExitCode.DONE)
