"""`cmx wait`: stay with the jobs of a stack."""

from dataclasses import replace

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.approved import recorded_request, recorded_site, refuse_what_is_new
from cloudmesh_iac.cli.approving import carry_out, finish
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.journal import UpdateKind

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def wait(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    wait_for_lock: options.WaitForLock = None,
    json: options.Json = False,
    events: options.EventsTo = None,
    full: options.Full = False,
) -> None:
    """Wait for the jobs of a stack and go on with what stood behind them.

    Uses the parameters of the last `up`. What that run approved needs no second approval.
    """
    desk = Desk(is_json=json, events=events)
    desk.wait_for_turn(program, stack, wait_for_lock)
    recorded = desk.snapshot(program, stack)
    with desk.runtime(program, stack=stack, on=recorded_site(recorded)) as runtime:
        request = replace(recorded_request(recorded), kind=UpdateKind.WAIT)
        plan = desk.preview(runtime, request)
        refuse_what_is_new(plan, runtime.store, runtime.place.stack)
        code = carry_out(desk, runtime, request=request, plan=plan, yes=True, full=full, once=True)
    finish(code)
