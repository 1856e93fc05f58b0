"""`cmx destroy`: take a stack away."""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import ask, exit_code_of, finish
from cloudmesh_iac.cli.choosing import selection_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.engine.destroying import destroy as take_away
from cloudmesh_iac.engine.destroying import plan_destroy
from cloudmesh_iac.errors import ExitCode
from cloudmesh_iac.views.plan_json import plan_dict
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
    json: options.Json = False,
    full: options.Full = False,
    target: options.Targets = None,
    target_dependents: options.TargetDependents = False,
    exclude: options.Excludes = None,
    exclude_dependents: options.ExcludeDependents = False,
) -> None:
    """Cancel what is queued or running and forget the stack's resources; results stay."""
    desk = Desk(is_json=json)
    selection = selection_of(target, exclude, dependents=(target_dependents, exclude_dependents))
    with desk.runtime(program, stack=stack, evaluates=False) as runtime:
        plan = plan_destroy(runtime.place.stack, runtime.parts, selection)
        desk.say(plan_text(plan, marks=desk.marks, full=full))
        if not plan.has_work:
            if json:
                desk.answer({"plan": plan_dict(plan), "outcome": None})
            finish(ExitCode.DONE)
        what = f"{len(plan.changes)} of {plan.stack}" if selection.is_limited else f"{plan.stack}"
        ask(desk, f"Destroy {what}?", yes=yes)
        outcome = desk.watched(plan, lambda: take_away(plan, runtime.parts))
        desk.say(run_text(outcome, now=desk.now(), marks=desk.marks, full=full))
        if json:
            desk.answer({"plan": plan_dict(plan), "outcome": outcome_dict(outcome)})
    finish(exit_code_of(outcome))
