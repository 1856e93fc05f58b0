"""`cmx vm`: machines without a program of one's own, and a list of all machines."""

from typing import Annotated, Any

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.approving import carry_out, finish, patience_s
from cloudmesh_iac.cli.boot import PROGRAM, BootProgram, boot_program, ensure_key
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.machines import (
    NOT_MADE,
    Machine,
    machine_called,
    machines_in,
    machines_of,
)
from cloudmesh_iac.engine.embedded import Request
from cloudmesh_iac.engine.node_abilities import ListsInventory
from cloudmesh_iac.errors import ExitCode, UsageProblem
from cloudmesh_iac.settings.load import OpenSites, load_settings
from cloudmesh_iac.views.machines_text import COLUMNS, facts_text, machines_text
from cloudmesh_iac.views.values_json import json_properties
from cloudmesh_iac.wire.host_lists import expand, fold

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...",
        help="Names, or lists of them: vm[1-3].",
        autocompletion=completing.machines,
    ),
]
Name = Annotated[str, typer.Argument(help="A machine.", autocompletion=completing.machines)]
Site = Annotated[
    str | None,
    typer.Option("--site", help="All that are on it now.", autocompletion=completing.sites),
]
_MOST = 1000
_SEEN = ("name", "stack", "state", "address", "flavor", "image")


@app.command("boot")
def boot(
    names: Names = None,
    *,
    count: int = typer.Option(1, "--count", "-n", min=1, max=_MOST, help="So many, if no names."),
    on: options.On = None,
    image: str | None = typer.Option(None, "--image", help="An image, or a pattern."),
    flavor: str | None = typer.Option(None, "--flavor", help="A size by its name."),
    cpus: int | None = typer.Option(None, "--cpus", help="At least so many."),
    memory: str | None = typer.Option(None, "--memory", help="At least so much: 4 GiB."),
    network: str | None = typer.Option(None, "--network", help="A network of the site."),
    public_ip: bool = typer.Option(False, "--public-ip", help="With an address from outside."),
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Make machines; what is not said is the default, which the plan shows.

    They are lines of a program that `cmx` keeps: `machines` in this project, else in
    ~/.cloudmesh/machines.
    """
    desk = Desk(is_json=json)
    program, desk.here = boot_program(desk.computer, desk.here)
    kept = _kept(desk, program)
    wanted = expand(names) if names else _free_names(desk, [one["name"] for one in kept], count)
    taken = sorted({str(one["name"]) for one in kept} & set(wanted))
    if taken:
        raise UsageProblem(
            f"there is a machine {fold(taken)} already", hint="take another name, or `cmx vm rm`"
        )
    said = {
        "on": on,
        "image": image,
        "flavor": flavor,
        "cpus": cpus,
        "memory": memory,
        "network": network,
        "public_ip": public_ip or None,
    }
    given = {key: value for key, value in said.items() if value is not None}
    new_key = ensure_key(desk.computer)
    if new_key is not None:
        desk.say(f"made the key {new_key}: it opens your machines")
    code = _applied(desk, program, [*kept, *({"name": one, **given} for one in wanted)], yes=yes)
    if code is ExitCode.DONE and not json:
        desk.say(f"log in: cmx ssh {wanted[0]}")
    finish(code)


@app.command("ls")
def ls(
    names: Names = None,
    *,
    stack: options.Stack = None,
    site: Site = None,
    json: options.Json = False,
) -> None:
    """List the machines of all stacks, as they are recorded; with --site all that are there."""
    desk = Desk(is_json=json)
    if site is not None:
        _list_site(desk, site, names=names, stack=stack)
        return
    machines = [one for one in machines_of(desk.store) if stack in {None, one.stack.name}]
    if names:
        machines = [machine_called(name, machines, stack=stack) for name in expand(names)]
    rows = [_row(one) for one in machines]
    if json:
        desk.answer({"version": 1, "machines": rows})
    else:
        desk.say(machines_text(rows))


def _list_site(desk: Desk, name: str, *, names: list[str] | None, stack: str | None) -> None:
    """List what a site has, whoever has made it. Errors: UsageProblem, SiteUnreachable."""
    if stack is not None:
        raise UsageProblem("--site and --stack do not go together", hint="say one of them")
    sites = OpenSites(load_settings(desk.computer, desk.here), desk.computer)
    provider = sites.provider(name)
    if not isinstance(provider, ListsInventory):
        raise UsageProblem(f"site {name!r} does not list machines", subject=name)
    wanted = set(expand(names)) if names else None
    rows = [
        {
            **dict.fromkeys(COLUMNS, ""),
            **{key: str(getattr(one, key)) for key in _SEEN},
            "site": name,
        }
        for one in provider.machines()
        if wanted is None or one.name in wanted
    ]
    if desk.is_json:
        desk.answer({"version": 1, "machines": rows})
    else:
        desk.say(machines_text(rows))


@app.command("show")
def show(
    name: Name,
    *,
    stack: options.Stack = None,
    raw: bool = typer.Option(False, "--raw", help="All that the provider says of it."),
    json: options.Json = False,
) -> None:
    """Show one machine."""
    desk = Desk(is_json=json)
    machine = machine_called(name, machines_of(desk.store), stack=stack)
    facts = {
        **_row(machine),
        "name on site": machine.text("name"),
        "id": machine.text("id"),
        "address inside": machine.text("address"),
        "declared": str(machine.record.source or ""),
    }
    details = json_properties(machine.raw)
    if json:
        desk.answer({"version": 1, "machine": facts, **({"raw": details} if raw else {})})
        return
    desk.say(facts_text(facts))
    if raw:
        desk.say(facts_text({f"  {key}": str(value) for key, value in sorted(details.items())}))


@app.command("rm")
def rm(
    names: Annotated[
        list[str],
        typer.Argument(metavar="NAME...", help="vm[1-3].", autocompletion=completing.machines),
    ],
    *,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Take machines away that `cmx vm boot` has made."""
    desk = Desk(is_json=json)
    program, desk.here = boot_program(desk.computer, desk.here)
    kept = _kept(desk, program)
    known = {str(one["name"]) for one in kept}
    wanted = expand(names)
    for name in wanted:
        if name not in known:
            _raise_not_ours(desk, name)
    left = [one for one in kept if one["name"] not in wanted]
    finish(_applied(desk, program, left, yes=yes))


def _kept(desk: Desk, program: BootProgram) -> list[dict[str, Any]]:
    """Return the lines of the list that stand for something: what was destroyed counts no more."""
    listed = program.machines
    if not listed:
        return []
    place = desk.place(PROGRAM, None)
    there = {one.name for one in machines_in(desk.store.snapshot(place.stack))}
    return [dict(one) for one in listed if one["name"] in there]


def _free_names(desk: Desk, taken: list[str], count: int) -> list[str]:
    known = {*taken, *(one.name for one in machines_of(desk.store))}
    free = (f"vm{number}" for number in range(1, len(known) + count + 1))
    return [name for name in free if name not in known][:count]


def _applied(
    desk: Desk, program: BootProgram, machines: list[dict[str, Any]], *, yes: bool
) -> ExitCode:
    """Write the list and carry it out; when it ends before anything was done, put it back."""
    program.write(machines)
    serial = desk.snapshot(PROGRAM, None).serial
    try:
        with desk.runtime(PROGRAM) as runtime:
            request = Request(runtime.place.stack, patience_s=patience_s(desk, wait=False))
            plan = desk.preview(runtime, request, looks=True)
            return carry_out(desk, runtime, request=request, plan=plan, yes=yes)
    except BaseException:
        if desk.snapshot(PROGRAM, None).serial == serial:
            program.put_back()
        raise


def _row(machine: Machine) -> dict[str, str]:
    known = {key: machine.text(key) for key in COLUMNS}
    own = {"name": machine.name, "stack": str(machine.stack), "address": machine.address}
    state = {} if machine.is_made else {"state": NOT_MADE}
    return {**known, **own, **state}


def _raise_not_ours(desk: Desk, name: str) -> None:
    """Errors: UsageProblem that says how a machine of another program is taken away."""
    machine = machine_called(name, machines_of(desk.store), stack=None)
    source = machine.record.source
    raise UsageProblem(
        f"{name} is declared by a program{f', {source}' if source else ''}",
        hint=f"take it out there and `cmx up`, or `cmx destroy --stack {machine.stack}`",
    )
