"""`cmx wait`: stay with the jobs of a stack."""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approving import carry_out, finish
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.errors import PlanBroken

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def wait(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    json: options.Json = False,
    full: options.Full = False,
) -> None:
    """Wait for the jobs of a stack and go on with what stood behind them.

    Uses the parameters of the last `up`. What that run approved needs no second approval.
    """
    desk = Desk(is_json=json)
    with desk.runtime(program, stack=stack) as runtime:
        snapshot = runtime.store.snapshot(runtime.place.stack)
        request = Request(
            runtime.place.stack, options=recorded_options(snapshot), kind=UpdateKind.WAIT
        )
        plan = desk.preview(runtime, request)
        _refuse_news(plan, snapshot)
        code = carry_out(desk, runtime, request=request, plan=plan, yes=True, full=full)
    finish(code)


def recorded_options(snapshot: Snapshot) -> dict[str, str]:
    """Return the parameters that were given as options in the last run."""
    return {one.name: one.value for one in snapshot.parameters if one.origin == "option"}


def _refuse_news(plan: Plan, snapshot: Snapshot) -> None:
    """Errors: PlanBroken when the program was changed since its plan was approved."""
    if plan.has_changes and plan.program_digest != snapshot.program_digest:
        raise PlanBroken(
            "the program has changed since the last `cmx up`, and wants more than was approved",
            hint="`cmx up` shows the new plan",
        )
