"""Plan, show, ask, carry out: what `up`, `wait` and `rerun` have in common."""

import sys
from dataclasses import replace

import typer

from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.showing import show_results
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import Declined, ExitCode, SiteRefused, UsageProblem
from cloudmesh_iac.runtime import Runtime
from cloudmesh_iac.views.plan_json import plan_dict
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.run_json import outcome_dict
from cloudmesh_iac.views.run_text import run_text

PATIENCE_S = 60.0


def patience_s(desk: Desk, *, wait: bool) -> float | None:
    """Return how long to stay when only waits are left: a log is not kept waiting."""
    if wait:
        return None
    return PATIENCE_S if desk.is_interactive else 0.0


def ask(desk: Desk, question: str, *, yes: bool) -> None:
    """Errors: Declined for a no; UsageProblem when there is nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageProblem("there is no terminal to ask on", hint="say --yes to go ahead")
    desk.err.print(f"{question} [y/N] ", end="", markup=False)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        raise Declined("nothing was changed")


def carry_out(
    desk: Desk, runtime: Runtime, *, request: Request, plan: Plan, yes: bool, full: bool = False
) -> ExitCode:
    """Show a plan, have it approved, carry it out, and say how it ended.

    What appears on the way, behind values that the plan could not know, gets a plan of its own.
    """
    while True:
        desk.say(plan_text(plan, marks=desk.marks, full=full))
        if not plan.has_work:
            return _end_unchanged(desk, plan)
        outcome = _approved(desk, runtime, request=request, plan=plan, yes=yes)
        if not outcome.appeared or outcome.failed or outcome.is_interrupted:
            break
        desk.say(f"{len(outcome.appeared)} more became known on the way: planning again")
        request = replace(request, reruns={})
        plan = desk.preview(runtime, request)
    desk.say(run_text(outcome, now=desk.now(), marks=desk.marks, full=full))
    if not outcome.waiting and not desk.is_json:
        show_results(desk, runtime, changed={one.urn for one in outcome.carried})
    if desk.is_json:
        desk.answer({"plan": plan_dict(plan), "outcome": outcome_dict(outcome)})
    return exit_code_of(outcome)


def _approved(
    desk: Desk, runtime: Runtime, *, request: Request, plan: Plan, yes: bool
) -> RunOutcome:
    for problem in runtime.engine.problems(plan):
        raise SiteRefused(problem.message, hint=problem.hint)
    if plan.has_changes:
        ask(desk, f"Apply this to {plan.stack}?", yes=yes)
    program = runtime.program(request.options)
    return desk.watched(plan, lambda: runtime.engine.up(program, request, plan))


def _end_unchanged(desk: Desk, plan: Plan) -> ExitCode:
    """A stack that still holds a failed job says so each time."""
    outcome = RunOutcome(plan.stack, UpdateKind.UP, failed=plan.failed)
    if plan.failed:
        desk.say(run_text(outcome, now=desk.now(), marks=desk.marks))
    if desk.is_json:
        desk.answer({"plan": plan_dict(plan), "outcome": outcome_dict(outcome)})
    return exit_code_of(outcome)


def exit_code_of(outcome: RunOutcome) -> ExitCode:
    if outcome.is_interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.FAILED if outcome.failed or outcome.left else ExitCode.DONE


def finish(code: ExitCode) -> None:
    raise typer.Exit(int(code))
