"""`cmx reservation`: machines that are promised for a time that lies ahead."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import completing, options
from cloudmesh_iac.cli.approving import ask
from cloudmesh_iac.cli.calendars import chart_of, chart_to_plain
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.cli.moments import moment_of, window_of, window_text
from cloudmesh_iac.cli.pool_options import (
    Count,
    Cpus,
    End,
    Hosts,
    Id,
    Label,
    Lasts,
    Memory,
    ProjectName,
    Start,
    Summary,
    Tags,
    User,
)
from cloudmesh_iac.cli.pools import PoolDesk, called, given, needs_of
from cloudmesh_iac.core.metal import Needs, Reservation, Window
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.gantt_svg import gantt_svg
from cloudmesh_iac.views.gantt_text import gantt_text
from cloudmesh_iac.views.pool_text import reservations_text
from cloudmesh_iac.views.words import duration
from cloudmesh_iac.wire.host_lists import expand, fold
from cloudmesh_iac.wire.machines import reservation_to_plain, time_to_text

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_ID_LENGTH = 8


@app.command("add")
def add(
    hosts: Hosts = None,
    *,
    start: Start = None,
    end: End = None,
    lasts: Lasts = None,
    count: Count = None,
    cpus: Cpus = 0,
    memory: Memory = None,
    tag: Tags = None,
    user: User = None,
    project: ProjectName = None,
    label: Label = None,
    summary: Summary = None,
    name: Annotated[str | None, typer.Option("--id", "--cm_id", help="Else one is made.")] = None,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Promise machines to somebody; for a day from now, where nothing else is said."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    if name is not None and name in {one.id for one in there.pool.reservations()}:
        raise UsageProblem(
            f"there is a reservation {name} already", subject=name, hint="`cmx reservation update`"
        )
    needs = needs_of(hosts, count=count, cpus=cpus, memory=memory, tags=tag)
    now = desk.now()
    wanted = Reservation(
        name or desk.computer.new_id()[:_ID_LENGTH],
        there.site,
        (),
        window_of(start, end, lasts, now=now),
        user or desk.computer.user,
        project or "",
        label or "",
        summary or "",
    )
    _raise_past(wanted.window, now)
    made = given(there.pool.reserve(wanted, needs=needs, now=now))
    _tell(made, there)


@app.command("ls")
@app.command("list", hidden=True)
def ls(
    hosts: Hosts = None,
    *,
    name: Annotated[str | None, typer.Option("--id", "--cm_id", help="Only this one.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="Only those for a person.")] = None,
    project: Annotated[str | None, typer.Option("--project", help="Only of a project.")] = None,
    label: Annotated[str | None, typer.Option("--label", help="Only with a label.")] = None,
    summary: Annotated[str | None, typer.Option("--summary", help="Only with this text.")] = None,
    start: Annotated[str | None, typer.Option("--start", help="Only what ends after it.")] = None,
    end: Annotated[str | None, typer.Option("--end", help="Only what begins before it.")] = None,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """List reservations: all of them, or those that meet everything that is said."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    now = desk.now()
    names = set(expand(hosts or ()))
    after = None if start is None else moment_of(start, now=now)
    before = None if end is None else moment_of(end, now=now)
    found = [
        one
        for one in there.pool.reservations(there.only)
        if name in {None, one.id}
        and user in {None, one.user}
        and project in {None, one.project}
        and label in {None, one.label}
        and (summary is None or summary in one.summary)
        and (not names or names & set(one.machines))
        and (after is None or one.window.end > after)
        and (before is None or one.window.start < before)
    ]
    if json:
        rows = [reservation_to_plain(one) for one in found]
        desk.answer({"version": 1, "reservations": rows})
    else:
        desk.say(reservations_text([(one, fold(one.machines)) for one in found], now=now))


@app.command("find")
def find(
    hosts: Hosts = None,
    *,
    start: Start = None,
    end: End = None,
    lasts: Lasts = None,
    count: Count = None,
    cpus: Cpus = 0,
    memory: Memory = None,
    tag: Tags = None,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Find what is free in a window, and when enough machines are free for as long the next time.

    The window is an hour from now where nothing else is said.
    """
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    now = desk.now()
    window = window_of(start, end, lasts, now=now, otherwise="1h")
    needs = needs_of(hosts, count=count, cpus=cpus, memory=memory, tags=tag)
    free = there.pool.free(there.site, needs=needs, window=window, now=now)
    lasts_s = (window.end - window.start).total_seconds()
    first = there.pool.next_free(
        there.site, needs=needs, lasts_s=lasts_s, now=now, after=window.start
    )
    if json:
        desk.answer(
            {
                "version": 1,
                "site": there.site,
                "start": time_to_text(window.start),
                "end": time_to_text(window.end),
                "free": list(free),
                "next_free": None if first is None else time_to_text(first),
            }
        )
        return
    desk.say(f"free {window_text(window, now)}: {fold(free) or 'none'}")
    if len(free) < needs.how_many:
        when = "never" if first is None else f"{first.astimezone(now.tzinfo):%Y-%m-%d %H:%M %Z}"
        desk.say(f"{needs.how_many} free for {duration(lasts_s)}: {when}")


@app.command("update")
def update(
    name: Id,
    hosts: Hosts = None,
    *,
    start: Start = None,
    end: End = None,
    lasts: Lasts = None,
    user: User = None,
    project: ProjectName = None,
    label: Label = None,
    summary: Summary = None,
    json: options.Json = False,
) -> None:
    """Move a reservation, or change what it says; it stays as it is when there is no room."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk)
    old = called(name, there.pool.reservations(), noun="reservation")
    now = desk.now()
    window = old.window
    if start is not None or end is not None or lasts is not None:
        length = f"{(old.window.end - old.window.start).total_seconds():.0f}s"
        begin = start or time_to_text(old.window.start)
        window = window_of(begin, end, lasts, now=now, otherwise=length)
        _raise_past(window, now)
    wanted = replace(
        old,
        window=window,
        user=user or old.user,
        project=old.project if project is None else project,
        label=old.label if label is None else label,
        summary=old.summary if summary is None else summary,
    )
    needs = Needs(names=old.machines)
    if hosts:
        needs = needs_of(hosts, count=None, cpus=0, memory=None, tags=None)
    _tell(given(there.pool.reserve(wanted, needs=needs, now=now)), there)


@app.command("rm")
@app.command("delete", hidden=True)
def rm(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...", help="Reservations.", autocompletion=completing.reservations
        ),
    ],
    *,
    yes: options.Yes = False,
    json: options.Json = False,
) -> None:
    """Give up reservations; a lease that used one goes on."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk)
    known = there.pool.reservations()
    found = [called(name, known, noun="reservation") for name in names]
    told = "; ".join(f"{one.id} of {one.user}: {fold(one.machines)}" for one in found)
    ask(desk, f"Give up {told}?", yes=yes)
    gone = [one.id for one in found if there.pool.cancel(one.id)]
    if json:
        desk.answer({"version": 1, "removed": gone})
    else:
        desk.say(f"gave up {', '.join(gone)}")


@app.command("gantt")
def gantt(
    hosts: Hosts = None,
    *,
    start: Start = None,
    end: End = None,
    lasts: Lasts = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE", help="Write a picture.")
    ] = None,
    on: options.On = None,
    json: options.Json = False,
) -> None:
    """Draw who has which machine when, for a day from now; leases have capital letters."""
    desk = Desk(is_json=json)
    there = PoolDesk(desk, on)
    chart = chart_of(there, hosts, window_of(start, end, lasts, now=desk.now()))
    if svg is not None:
        desk.put(svg, gantt_svg(chart))
    if json:
        desk.answer(chart_to_plain(chart))
    elif svg is None:
        desk.say(gantt_text(chart, marks=desk.marks))


def _raise_past(window: Window, now: datetime) -> None:
    if window.end <= now:
        raise UsageProblem(f"it would have ended at {window.end:%Y-%m-%d %H:%M} UTC already")


def _tell(made: Reservation, there: PoolDesk) -> None:
    if there.desk.is_json:
        there.desk.answer({"version": 1, "reservation": reservation_to_plain(made)})
        return
    span = window_text(made.window, there.desk.now())
    there.desk.say(f"{made.id}: {fold(made.machines)} of {made.site} for {made.user} {span}")
