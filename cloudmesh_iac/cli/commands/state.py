"""`cmx state`: look at what is recorded, examine it, copy it."""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import ask, finish
from cloudmesh_iac.cli.asking import seconds_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.objects import objects_called, open_urn, told
from cloudmesh_iac.engine.by_hand import Word
from cloudmesh_iac.engine.by_hand import settle as settle_by_hand
from cloudmesh_iac.engine.turns import wait_for_turn
from cloudmesh_iac.errors import ExitCode, UsageProblem
from cloudmesh_iac.store.digests import SecretDigests
from cloudmesh_iac.store.place import store_path
from cloudmesh_iac.store.published import published_text
from cloudmesh_iac.store.state_file import StateFile
from cloudmesh_iac.views.state_json import findings_dict, objects_dict, state_dict
from cloudmesh_iac.views.state_text import findings_text, intent_text, record_text, state_text
from cloudmesh_iac.views.words import title

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Words = Annotated[
    list[str], typer.Argument(metavar="[PROGRAM] RESOURCE", help="A name, or a whole urn.")
]
File = Annotated[Path, typer.Argument(help="A file.")]


@app.command("list")
def list_(
    program: options.Program = None, stack: options.Stack = None, json: options.Json = False
) -> None:
    """List what is recorded of a stack."""
    desk = Desk(is_json=json)
    snapshot = desk.snapshot(program, stack)
    if json:
        desk.answer(state_dict(snapshot))
    else:
        desk.say(state_text(snapshot, now=desk.now(), marks=desk.marks))


@app.command("show")
def show(
    words: Words,
    *,
    stack: options.Stack = None,
    full: options.Full = False,
    json: options.Json = False,
) -> None:
    """Show all that is recorded of one resource; secrets stay hidden."""
    desk = Desk(is_json=json)
    program, items = desk.program_and_items(words)
    if len(items) != 1:
        raise UsageProblem("which resource?", hint="`cmx state list` lists them")
    snapshot = desk.snapshot(program, stack)
    records, intents = objects_called(items[0], snapshot)
    if json:
        desk.answer(objects_dict(snapshot, records, intents))
        return
    for record in records:
        mine = [one for one in intents if (one.urn, one.creation) == (record.urn, record.creation)]
        desk.say(record_text(record, mine, full=full))
    known = {(record.urn, record.creation) for record in records}
    for intent in intents:
        if (intent.urn, intent.creation) not in known:
            desk.say(intent_text(intent, full=full))


@app.command("publish")
def publish(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    output: options.Output = None,
) -> None:
    """Write the state of a stack without its secrets, for previews that may see none.

    `cmx preview --state FILE` reads it. What is no secret stands in it as it is: names, inputs,
    outputs, addresses.
    """
    desk = Desk()
    snapshot = desk.snapshot(program, stack)
    digests = SecretDigests(desk.keys, snapshot.stack, snapshot.seed_key)
    desk.hand_out(published_text(snapshot, digests), to=output)


@app.command("doctor")
def doctor(json: options.Json = False) -> None:
    """Examine the state file with all its stacks; what is wrong is explained."""
    desk = Desk(is_json=json)
    file = _state_file(desk)
    findings = file.findings()
    if json:
        desk.answer(findings_dict(findings))
    else:
        desk.say(findings_text(findings, stacks=0 if findings else len(file.stacks())))
    file.close()
    finish(ExitCode.FAILED if findings else ExitCode.DONE)


@app.command("backup")
def backup(file: File, json: options.Json = False) -> None:
    """Copy the state of all stacks into a new file, also while something runs."""
    desk = Desk(is_json=json)
    state = _state_file(desk)
    state.back_up(desk.here / file)
    state.close()
    desk.say(f"wrote {file}; the passphrase of your secrets is not in it")
    if json:
        desk.answer({"version": 1, "file": str(desk.here / file)})


@app.command("restore")
def restore(
    file: File,
    *,
    yes: options.Yes = False,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
) -> None:
    """Put a copy in the place of the state of all stacks; what was there is kept beside it."""
    desk = Desk(is_json=json)
    state = _state_file(desk)
    state.check(desk.here / file)
    ask(desk, f"Replace the state of all stacks by {file}?", yes=yes)
    with desk.shown():
        for stack in state.stacks():
            wait_for_turn(
                stack,
                store=state.store,
                clock=desk.computer.clock,
                events=desk.events,
                patience_s=seconds_of(wait_for_lock),
            )
    kept = state.restore(desk.here / file)
    state.close()
    where = "" if kept is None else f"; what was there is in {kept}"
    desk.say(f"restored {file}{where}")
    if json:
        desk.answer({"version": 1, "kept": None if kept is None else str(kept)})


@app.command("settle")
def settle(
    words: Annotated[
        list[str],
        typer.Argument(metavar="[PROGRAM] RESOURCE [ID]", help="A name or urn, and its id."),
    ],
    *,
    gone: bool = typer.Option(False, "--gone", help="It is not there."),
    number: int | None = typer.Option(None, "--object", help="Which object, where it has two."),
    stack: options.Stack = None,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
) -> None:
    """Say how a change ended that nobody saw the end of: under which id it is there, or --gone."""
    desk = Desk(is_json=json)
    program, items = desk.program_and_items(words)
    name, id_ = told(items, is_gone=gone)
    desk.wait_for_turn(program, stack, wait_for_lock)
    with desk.runtime(program, stack=stack, evaluates=False) as runtime:
        at = runtime.place.stack
        urn = open_urn(name, runtime.store.snapshot(at))
        settlement = settle_by_hand(at, Word(urn, id_, number), runtime.parts)
    desk.say(f"{title(urn)}: {settlement}" + (f", as {id_}" if id_ else ""))
    if json:
        desk.answer({"version": 1, "urn": urn, "id": id_, "settlement": str(settlement)})


def _state_file(desk: Desk) -> StateFile:
    return StateFile(store_path(desk.computer), computer=desk.computer)
