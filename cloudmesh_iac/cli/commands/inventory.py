"""`cmx inventory`: which machines does a pool have?"""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.approving import ask
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.pools import PoolDesk
from cloudmesh_iac.core.metal import Lease, Machine
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.inventory.reading import read_inventory
from cloudmesh_iac.views.machines_text import facts_text
from cloudmesh_iac.views.pool_text import inventory_text, machine_facts
from cloudmesh_iac.views.words import count
from cloudmesh_iac.wire.host_lists import fold
from cloudmesh_iac.wire.machines import lease_to_plain, machine_to_plain, reservation_to_plain

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Hosts = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[HOSTS]...",
        help="Machines, or lists of them: i[01-03].",
        autocompletion=completing.pool_machines,
    ),
]
SomeHosts = Annotated[
    list[str],
    typer.Argument(metavar="HOSTS...", help="i[01-03].", autocompletion=completing.pool_machines),
]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="YAML, JSON or blocks of attributes (.cfg).")],
    *,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Add the machines of a file to the pool of a site, or write over what is said of them."""
    desk = Desk(is_json=json)
    found = read_inventory(desk.here / file)
    there = PoolDesk(desk, on or found.site)
    known = {one.name: one for one in there.pool.machines(there.site)}
    there.pool.put(there.site, found.machines)
    if found.padding_s is not None:
        there.pool.set_padding(there.site, found.padding_s)
    now = {one.name: one for one in there.pool.machines(there.site)}
    names = [one.name for one in found.machines]
    new = [name for name in names if name not in known]
    changed = [name for name in names if name in known and known[name] != now[name]]
    if json:
        document = {"version": 1, "site": there.site, "new": new, "changed": changed}
        desk.answer({**document, "machines": [machine_to_plain(now[name]) for name in names]})
        return
    same = len(names) - len(new) - len(changed)
    desk.say(
        f"{there.site}: {count(len(new), 'machine')} new, {len(changed)} changed, {same} as before"
    )


@app.command("ls")
@app.command("list", hidden=True)
def ls(hosts: Hosts = None, *, on: options.On = None, json: options.Json = False) -> None:
    """List the machines of a site: how they stand, and what they have."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    machines = there.machines(hosts)
    if json:
        rows = [machine_to_plain(one) for one in machines]
        desk.answer({"version": 1, "site": there.site, "machines": rows})
    else:
        desk.say(inventory_text(machines))


@app.command("show")
def show(
    host: Annotated[
        str, typer.Argument(help="A machine.", autocompletion=completing.pool_machines)
    ],
    *,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Show a machine: what it is, who has it, and who is next."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    machine, *others = there.machines([host])
    if others:
        raise UsageProblem("one machine at a time", hint="`cmx inventory ls` takes host lists")
    now = desk.now()
    lease = _lease_of(machine, there)
    promised = [
        one
        for one in there.pool.reservations(there.site)
        if machine.name in one.machines and one.window.end > now
    ]
    if json:
        desk.answer(
            {
                "version": 1,
                "site": there.site,
                "machine": machine_to_plain(machine),
                "lease": None if lease is None else lease_to_plain(lease, now=now),
                "reservations": [reservation_to_plain(one) for one in promised],
            }
        )
        return
    desk.say(facts_text(machine_facts(machine, lease, promised, now=now)))


@app.command("rm")
@app.command("delete", hidden=True)
def rm(
    hosts: SomeHosts,
    *,
    on: options.On = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Forget machines that nobody has; the machines themselves are left alone."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    names = [one.name for one in there.machines(hosts)]
    ask(desk, f"Forget {fold(names)} of {there.site}?", yes=yes)
    there.pool.remove(there.site, names)
    if json:
        desk.answer({"version": 1, "site": there.site, "removed": names})
    else:
        desk.say(f"{there.site} has {fold(names)} no more")


def _lease_of(machine: Machine, there: PoolDesk) -> Lease | None:
    leases = there.pool.leases(there.site)
    holding = (one for one in leases if machine.name in one.names)
    return next(holding, None)
