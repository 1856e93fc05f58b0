"""`cmx destroy`: take a stack away."""

from dataclasses import replace

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approved import recorded_request, recorded_site
from cloudmesh_iac.cli.approving import ask, exit_code_of, finish
from cloudmesh_iac.cli.choosing import selection_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.engine.destroying import destroy as take_away
from cloudmesh_iac.engine.destroying import plan_destroy
from cloudmesh_iac.engine.destroying_declared import destroy_declared, plan_destroy_declared
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.providers.batch.results import stack_folder
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.views.plan_json import plan_dict, with_digest
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.run_json import outcome_dict
from cloudmesh_iac.views.run_text import run_text

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def destroy(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    yes: options.Yes = False,
    run_program: options.RunProgram = False,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
    events: options.EventsTo = None,
    full: options.Full = False,
    target: options.Targets = None,
    target_dependents: options.TargetDependents = False,
    exclude: options.Excludes = None,
    exclude_dependents: options.ExcludeDependents = False,
) -> None:
    """Cancel what is queued or running and forget the stack's resources; results stay."""
    desk = Desk(is_json=json, events=events)
    selection = selection_of(target, exclude, dependents=(target_dependents, exclude_dependents))
    desk.wait_for_turn(program, stack, wait_for_lock)
    recorded = desk.snapshot(program, stack)
    on = recorded_site(recorded) if run_program else None
    with desk.runtime(program, stack=stack, on=on, evaluates=run_program) as runtime:
        request = replace(recorded_request(recorded), selection=selection)
        plan = _planned(desk, runtime, request, run_program=run_program)
        desk.say(plan_text(plan, marks=desk.marks, full=full))
        if not plan.has_work:
            if json:
                desk.answer({"plan": plan_dict(plan, desk.hide(plan)), "outcome": None})
            finish(ExitCode.DONE)
        _say_what_stays(desk, runtime)
        what = f"{len(plan.changes)} of {plan.stack}" if selection.is_limited else f"{plan.stack}"
        ask(desk, f"Destroy {what}?", yes=yes)
        held = with_digest(plan, desk.hide(plan))
        outcome = desk.watched(
            plan, lambda: _taken_away(runtime, request, held, run_program=run_program)
        )
        desk.say(run_text(outcome, now=desk.now(), marks=desk.marks, full=full))
        if json:
            desk.answer(
                {"plan": plan_dict(plan, desk.hide(plan)), "outcome": outcome_dict(outcome)}
            )
    finish(exit_code_of(outcome))


def _say_what_stays(desk: Desk, runtime: Runtime) -> None:
    """Whoever is asked whether to take a study away thinks of its results first."""
    place = runtime.place
    results = stack_folder(place.project.folder, place.stack.name)
    if results.is_dir():
        desk.err.print(f"the results in {results} stay", soft_wrap=True, markup=False)


def _planned(desk: Desk, runtime: Runtime, request: Request, *, run_program: bool) -> Plan:
    if not run_program:
        return plan_destroy(request.stack, runtime.parts, request.selection)
    with desk.shown():
        program = runtime.program(request.options)
        return plan_destroy_declared(program, request, runtime.parts)


def _taken_away(runtime: Runtime, request: Request, held: Plan, *, run_program: bool) -> RunOutcome:
    if run_program:
        program = runtime.program(request.options)
        return destroy_declared(program, request, held, parts=runtime.parts)
    return take_away(held, runtime.parts)
