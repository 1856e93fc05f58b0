"""`cmx refresh`: look at what is recorded, and record what has changed outside."""

from dataclasses import replace

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approved import recorded_request, recorded_site
from cloudmesh_iac.cli.approving import ask, exit_code_of, finish
from cloudmesh_iac.cli.choosing import selection_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.engine.refreshing import plan_refresh
from cloudmesh_iac.engine.refreshing import refresh as record
from cloudmesh_iac.engine.refreshing_declared import plan_refresh_declared, refresh_declared
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.views.plan_json import plan_dict, with_digest
from cloudmesh_iac.views.refresh_text import refresh_text
from cloudmesh_iac.views.run_json import outcome_dict
from cloudmesh_iac.views.run_text import run_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def refresh(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    yes: options.Yes = False,
    preview_only: bool = typer.Option(False, "--preview-only", help="Show it, record nothing."),
    run_program: options.RunProgram = False,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
    events: options.EventsTo = None,
    full: options.Full = False,
    target: options.Targets = None,
    target_dependents: options.TargetDependents = False,
    exclude: options.Excludes = None,
    exclude_dependents: options.ExcludeDependents = False,
    exit_code: bool = typer.Option(
        False, "--exit-code", help="Exit with 2 when something has changed."
    ),
) -> None:
    """Look at what the stack has, show what has changed outside, and record it.

    Nothing is made, changed or deleted. The next `cmx up` puts right what the program wants
    otherwise, and makes again what is gone.
    """
    desk = Desk(is_json=json, events=events)
    selection = selection_of(target, exclude, dependents=(target_dependents, exclude_dependents))
    if not preview_only:
        desk.wait_for_turn(program, stack, wait_for_lock)
    recorded = desk.snapshot(program, stack)
    on = recorded_site(recorded) if run_program else None
    outcome = None
    with desk.runtime(program, stack=stack, on=on, evaluates=run_program) as runtime:
        request = replace(recorded_request(recorded), selection=selection)
        plan = _planned(desk, runtime, request, run_program=run_program)
        desk.say(refresh_text(plan, marks=desk.marks, full=full))
        if plan.has_work and not preview_only:
            if plan.has_changes:
                ask(desk, f"Record this for {plan.stack}?", yes=yes)
            held = with_digest(plan, desk.hide(plan))
            outcome = desk.watched(
                plan, lambda: _recorded(runtime, request, held, run_program=run_program)
            )
            desk.say(run_text(outcome, now=desk.now(), marks=desk.marks, full=full))
    if json:
        told = None if outcome is None else outcome_dict(outcome)
        desk.answer({"plan": plan_dict(plan, desk.hide(plan)), "outcome": told})
    code = ExitCode.DONE if outcome is None else exit_code_of(outcome)
    has_found = exit_code and code is ExitCode.DONE and plan.has_changes
    finish(ExitCode.CHANGES if has_found else code)


def _planned(desk: Desk, runtime: Runtime, request: Request, *, run_program: bool) -> Plan:
    with desk.shown():
        if run_program:
            program = runtime.program(request.options)
            return plan_refresh_declared(program, request, runtime.parts)
        return plan_refresh(request.stack, runtime.parts, request.selection)


def _recorded(runtime: Runtime, request: Request, held: Plan, *, run_program: bool) -> RunOutcome:
    if run_program:
        program = runtime.program(request.options)
        return refresh_declared(program, request, held, parts=runtime.parts)
    return record(held, runtime.parts)
