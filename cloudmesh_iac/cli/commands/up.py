"""`cmx up`: carry out what a program declares."""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import carry_out, finish, patience_s
from cloudmesh_iac.cli.asking import split
from cloudmesh_iac.cli.choosing import selection_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.parameter_help import ProgramCommand
from cloudmesh_iac.cli.saving import carry_out_saved, program_of, raise_said_again
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.wire.saved_plans import read_saved_plan

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(cls=ProgramCommand, context_settings=options.PROGRAM_OPTIONS)
def up(
    words: options.Words = None,
    *,
    stack: options.Stack = None,
    on: options.On = None,
    refresh: options.Refresh = False,
    yes: options.Yes = False,
    rerun: options.Rerun = False,
    wait: options.Wait = False,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
    events: options.EventsTo = None,
    full: options.Full = False,
    target: options.Targets = None,
    target_dependents: options.TargetDependents = False,
    exclude: options.Excludes = None,
    exclude_dependents: options.ExcludeDependents = False,
    replace: options.Replaces = None,
    plan: options.SavedPlanFile = None,
) -> None:
    """Show the plan, ask, and carry it out.

    When only queued or running jobs are left it says so and ends: at once without a terminal,
    after a minute with one; --wait stays. `cmx wait` and the next `up` go on.
    """
    desk = Desk(is_json=json, events=events)
    said = split(words or [])
    selection = selection_of(
        target, exclude, replace, dependents=(target_dependents, exclude_dependents)
    )
    program = desk.one_program(said.plain)
    patience = patience_s(desk, wait=wait)
    if plan is not None:
        saved = read_saved_plan(plan)
        raise_said_again(saved, program, stack, others=(said.options, on, refresh, selection))
        program, stack = program_of(saved), saved.stack
        desk.wait_for_turn(program, stack, wait_for_lock)
        with desk.runtime(program, stack=stack, on=saved.on) as runtime:
            code = carry_out_saved(desk, runtime, saved=saved, patience_s=patience, full=full)
        finish(code)
    desk.wait_for_turn(program, stack, wait_for_lock)
    with desk.runtime(program, stack=stack, on=on) as runtime:
        request = Request(
            runtime.place.stack,
            options=said.options,
            patience_s=patience,
            selection=selection,
            refresh=refresh,
        )
        shown = desk.preview(runtime, request, looks=True)
        code = carry_out(
            desk, runtime, request=request, plan=shown, yes=yes, full=full, rerun=rerun
        )
    finish(code)
