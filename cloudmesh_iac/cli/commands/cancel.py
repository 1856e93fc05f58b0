"""`cmx cancel`: ask the run that writes a stack to stop."""

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.asking import seconds_of
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.locks import Held, Stop, StopRequest
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.turns import described, wait_for_end
from cloudmesh_iac.errors import StackLocked

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def cancel(
    program: options.Program = None,
    *,
    stack: options.Stack = None,
    now: bool = typer.Option(False, "--now", help="Stop in the middle of a change, too."),
    timeout: str = typer.Option(
        "90s", "--timeout", metavar="DURATION", help="Wait at most so long for its end."
    ),
    json: options.Json = False,
) -> None:
    """Ask the run that writes a stack to stop, on whatever computer it runs.

    As Ctrl-C does where it runs: it begins nothing more, ends what it has begun and lets go of
    jobs; --now is like a second Ctrl-C. Jobs that are queued or running go on.
    """
    desk = Desk(is_json=json)
    patience_s = seconds_of(timeout)
    where = desk.place(program, stack).stack
    how = Stop.NOW if now else Stop.SOON
    request = StopRequest(how, desk.computer.user, desk.computer.host)
    held = desk.store.ask_to_stop(where, request)
    if held is None:
        desk.say(f"no run is writing {where}")
    else:
        desk.say(f"asked {described(held)} to stop")
        if not wait_for_end(
            where, held, store=desk.store, clock=desk.computer.clock, patience_s=patience_s
        ):
            raise _still_there(where, held, timeout)
        desk.say("it has ended")
    if json:
        desk.answer({"version": 1, "stack": str(where), "how": how.value, "asked": _asked(held)})


def _still_there(stack: StackId, held: Held, timeout: str) -> StackLocked:
    return StackLocked(
        f"{described(held)} was asked to stop and still writes {stack} after {timeout}",
        subject=str(stack),
        hint="it ends what it has begun, which may take long; `cmx cancel --now` does not let it",
    )


def _asked(held: Held | None) -> dict[str, str | int | None] | None:
    if held is None:
        return None
    one = held.holder
    return {
        "user": one.user,
        "host": one.host,
        "process": one.pid,
        "purpose": one.purpose,
        "since": None if held.since is None else held.since.isoformat(),
    }
