"""`cmx lease`: who has which machines, and until when?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.approving import ask, finish
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.moments import later, moment_of, span_of
from cloudmesh_iac.cli.pools import PoolDesk, called, given
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import Lease
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.reaping import due, reap
from cloudmesh_iac.engine.releasing import release
from cloudmesh_iac.errors import CmxError, ExitCode, UsageProblem
from cloudmesh_iac.views.pool_text import leases_text
from cloudmesh_iac.wire.host_lists import fold
from cloudmesh_iac.wire.machines import lease_to_plain

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="A lease, or how its id begins.", autocompletion=completing.leases
    ),
]


@app.command("ls")
@app.command("list", hidden=True)
def ls(
    *,
    user: Annotated[str | None, typer.Option("--user", help="Only those of a person.")] = None,
    over: Annotated[bool, typer.Option("--over", help="Only those that are over.")] = False,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """List what is held, also what is over and was not released yet."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    now = desk.now()
    found = [
        one
        for one in there.pool.leases(there.only)
        if user in {None, one.owner.user} and (one.is_over(now) or not over)
    ]
    if json:
        desk.answer({"version": 1, "leases": [lease_to_plain(one, now=now) for one in found]})
    else:
        desk.say(leases_text([(one, hosts_of(one)) for one in found], now=now))


@app.command("extend")
def extend(
    name: Id,
    by: Annotated[
        str | None, typer.Argument(metavar="[DURATION]", help="So much longer: 4h, 2d.")
    ] = None,
    *,
    until: Annotated[
        str | None, typer.Option("--until", help="Its new end, later or sooner: 14:00, +2h.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Let a lease end later, or sooner."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk)
    if (by is None) == (until is None):
        raise UsageProblem("say how much longer, or --until when", hint="cmx lease extend ID 4h")
    lease = called(name, there.pool.leases(), noun="lease")
    now = desk.now()
    if by is not None:
        end = later(lease.window.end, span_of(by), now=now)
    else:
        end = moment_of(until or "", now=now)
    _tell(given(there.pool.extend(lease.id, end, now=now)), desk)


@app.command("end")
def end(name: Id, *, yes: options.Yes = False, json: options.Json = False) -> None:
    """End a lease now: its machines are switched off, and go to whoever comes next."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk)
    lease = called(name, there.pool.leases(), noun="lease")
    keeper = Keeper(there.boots(lease.site), there.pool, desk.computer.clock)
    hosts = hosts_of(lease)
    ask(desk, f"End lease {lease.id}, and switch {hosts} of {lease.owner.user} off?", yes=yes)
    finish(_report([Reaped(lease, release(lease.id, keeper))], desk))


@app.command("reap")
def reap_(*, on: options.On = None, json: options.Json = False) -> None:
    """End every lease that is over; asks nothing, and may be run by cron."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    leases = due(there.pool.leases(there.only), desk.now())
    finish(_report([_reaped(lease, there) for lease in leases], desk))


@app.command("give")
def give(
    name: Id,
    user: Annotated[str, typer.Argument(metavar="USER", help="Who has it from now on.")],
    *,
    project: Annotated[str | None, typer.Option("--project", help="And the project.")] = None,
    json: options.Json = False,
) -> None:
    """Hand a lease over to somebody else; its machines stay as they are."""
    if not user.strip():
        raise UsageProblem("say who has it from now on", hint="cmx lease give ID USER")
    desk = Desk(is_json=json)
    there = PoolDesk(desk)
    lease = called(name, there.pool.leases(), noun="lease")
    owner = replace(lease.owner, user=user, project=project or lease.owner.project)
    _tell(there.pool.hand_over(lease.id, owner), desk)


@dataclass(frozen=True, slots=True)
class Reaped:
    """A lease that was to be ended, and why machines are still held; None: it was extended."""

    lease: Lease
    failures: Sequence[Failure] | None

    def to_plain(self) -> dict[str, Any]:
        problems = [one.message for one in self.failures or ()]
        return {
            "id": self.lease.id,
            "site": self.lease.site,
            "machines": list(self.lease.names),
            "ended": self.failures is not None and not problems,
            "problems": problems,
        }


def _reaped(lease: Lease, there: PoolDesk) -> Reaped:
    """One that cannot be ended is not in the way of the others."""
    try:
        keeper = Keeper(there.boots(lease.site), there.pool, there.desk.computer.clock)
        return Reaped(lease, reap(lease, keeper))
    except CmxError as error:
        return Reaped(lease, [Failure(error.message, error.hint or "")])


def _report(ended: Sequence[Reaped], desk: Desk) -> ExitCode:
    if desk.is_json:
        desk.answer({"version": 1, "leases": [one.to_plain() for one in ended]})
    for one in ended:
        lease = one.lease
        if one.failures is None:
            desk.say(f"{lease.id}: extended meanwhile, left alone")
        elif not one.failures:
            desk.say(f"{lease.id}: {hosts_of(lease)} of {lease.site} are free again")
        for failure in one.failures or ():
            hint = f"; {failure.hint}" if failure.hint else ""
            desk.err.print(f"{lease.id}: {failure.message}{hint}", soft_wrap=True, markup=False)
    if not ended:
        desk.say("no lease is over")
    return ExitCode.FAILED if any(one.failures for one in ended) else ExitCode.DONE


def hosts_of(lease: Lease) -> str:
    return fold(lease.names)


def _tell(lease: Lease, desk: Desk) -> None:
    now = desk.now()
    if desk.is_json:
        desk.answer({"version": 1, "lease": lease_to_plain(lease, now=now)})
        return
    end = lease.window.end.astimezone(now.tzinfo)
    desk.say(f"{lease.id}: {lease.owner.user} has {hosts_of(lease)} until {end:%Y-%m-%d %H:%M %Z}")
