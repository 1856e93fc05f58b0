"""`cmx rain`: put machines into the pool or take them out, and see how they stand."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.commands import inventory
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.pools import PoolDesk
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import Machine, MachineName, MachineState
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.views.rain_text import (
    counts_of,
    short_text,
    state_word,
    status_text,
    summary_text,
)
from cloudmesh_iac.wire.host_lists import fold

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
admin = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
app.add_typer(admin, name="admin", hidden=True)


@app.command("on")
@admin.command("on")
def on_(hosts: inventory.SomeHosts, *, on: options.On = None, json: options.Json = False) -> None:
    """Hand machines out again; broken ones too, once somebody has looked at them."""
    _switch(hosts, on, is_json=json, in_pool=True, note="")


@app.command("off")
@admin.command("off")
def off(
    hosts: inventory.SomeHosts,
    *,
    note: Annotated[str, typer.Option("--note", help="Why.")] = "",
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Hand machines out no longer; who has one keeps it."""
    _switch(hosts, on, is_json=json, in_pool=False, note=note)


@app.command("status")
def status(
    hosts: inventory.Hosts = None,
    *,
    short: Annotated[bool, typer.Option("--short", help="A sign for each: + - .")] = False,
    summary: Annotated[bool, typer.Option("--summary", help="Only the counts.")] = False,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Show how machines stand, and how far their installations are.

    Without HOSTS, --short and --summary are about the machines that somebody has, or had when they
    failed.
    """
    desk = Desk(is_json=json)
    if short and summary:
        raise UsageProblem("say --short or --summary, not both")
    there = PoolDesk(desk, on)
    machines = there.machines(hosts)
    if (short or summary) and not hosts:
        machines = [one for one in machines if one.state is not MachineState.FREE]
    if short or summary:
        progress: Mapping[MachineName, int] = {}
    else:
        progress = _progress(there, machines)
    if json:
        rows = [
            {"name": one.name, "state": one.state, "progress": progress.get(one.name)}
            for one in machines
        ]
        counts = counts_of(machines)
        desk.answer({"version": 1, "site": there.site, "machines": rows, "counts": counts})
    elif short:
        desk.say(short_text(machines))
    elif summary:
        desk.say(summary_text(machines))
    else:
        desk.say(status_text(_folded(machines), progress))


@admin.command("baremetals")
def baremetals(*, on: options.On = None, json: options.Json = False) -> None:
    """The earlier name of `cmx inventory ls`."""
    inventory.ls(None, on=on, json=json)


@admin.command("add")
def add(
    file: Annotated[Path, typer.Option("--file", "-file", help="JSON or .cfg.")],
    *,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """The earlier name of `cmx inventory import`."""
    inventory.import_(file, on=on, json=json)


@admin.command("delete")
@admin.command("rm")
def rm(
    hosts: inventory.SomeHosts,
    *,
    on: options.On = None,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """The earlier name of `cmx inventory rm`."""
    inventory.rm(hosts, on=on, yes=yes, json=json)


def _switch(
    hosts: Sequence[str], on: str | None, *, is_json: bool, in_pool: bool, note: str
) -> None:
    desk = Desk(is_json=is_json)
    there = PoolDesk(desk, on)
    names = [one.name for one in there.machines(hosts)]
    there.pool.set_in_pool(there.site, names, in_pool=in_pool, note=note)
    if is_json:
        desk.answer({"version": 1, "site": there.site, "in_pool": in_pool, "machines": names})
        return
    where = "in" if in_pool else "out of"
    desk.say(f"{fold(names)}: {where} the pool of {there.site}")


def _folded(machines: Sequence[Machine]) -> Mapping[str, str]:
    """Return the machines of each state as a host list; `off` are free and not handed out."""
    words = [(state_word(one), one.name) for one in machines]
    order = [*MachineState, "off"]
    return {state: fold(name for word, name in words if word == state) for state in order}


def _progress(there: PoolDesk, machines: Sequence[Machine]) -> Mapping[MachineName, int]:
    """Ask the site how far installations are; what it does not say is left out, and said."""
    installing = [one for one in machines if one.state is MachineState.INSTALLING]
    if not installing:
        return {}
    try:
        answers = there.boots(there.site).standings(installing)
    except CmxError as error:
        there.desk.err.print(f"no progress: {error.message}", soft_wrap=True, markup=False)
        return {}
    found = {}
    for name, answer in answers.items():
        if isinstance(answer, Failure):
            words = f"no progress of {name}: {answer.message}"
            there.desk.err.print(words, soft_wrap=True, markup=False)
        elif answer.progress is not None:
            found[name] = answer.progress
    return found
