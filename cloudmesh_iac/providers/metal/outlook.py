"""What can be said of a lease before it is taken: which machines, until when, who is next?

Only the pool is asked, which is local: no network, no credentials.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Machine,
    MachineName,
    MachineState,
    Needs,
    Reservation,
    Window,
    names_of,
)
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.providers.metal.props import needs_of, window_of
from cloudmesh_iac.providers.metal.words import REAPER, SINGLE_OPERATOR, time_words

Problem = tuple[str, str]


def problems_of(props: Mapping[str, Any], pool: Pool) -> Sequence[Problem]:
    """Return a key and a sentence for each thing that no time will mend.

    A machine that somebody else has now is none: it may be free when the lease is taken.
    """
    site, needs = SiteName(str(props["site"])), needs_of(props)
    machines = pool.machines(site)
    there = {one.name for one in machines}
    problems: list[Problem] = []
    if not machines:
        hint = "`cmx inventory import FILE` brings them"
        problems.append(("site", f"the pool has no machines of site {site}; {hint}"))
    elif unknown := [name for name in needs.names if name not in there]:
        words = f"the pool has no machine {', '.join(unknown)} of site {site}"
        problems.append(("names", f"{words}; `cmx inventory ls` shows them"))
    elif (fitting := sum(map(needs.fits, machines))) < needs.how_many:
        words = f"{needs.how_many} machines are wanted, and {fitting} of site {site} would do"
        problems.append(("machines", words))
    return problems


def outlook(props: Mapping[str, Any], pool: Pool, *, now: datetime) -> tuple[str, ...]:
    """Return what a person should know of a lease that would be taken now."""
    site, needs = SiteName(str(props["site"])), needs_of(props)
    window = window_of(props, now)
    mine = (str(props.get("user") or ""), str(props.get("project") or ""))
    later = [one for one in pool.reservations(site) if one.window.end > now]
    in_the_way = {
        name
        for one in later
        if one.window.overlaps(window) and (one.user, one.project) != mine
        for name in one.machines
    }
    free = [one for one in pool.machines(site) if _is_free(one, needs, in_the_way)]
    chosen = free[: needs.how_many]
    ending = f"its lease ends {float(props['hours']):g} hours after it is taken"
    return (
        _taken(chosen, needs, _next_free(pool, site, needs, window=window, now=now)),
        *_next(names_of(chosen), later, window),
        f"{ending}; {REAPER}",
        SINGLE_OPERATOR,
    )


def _is_free(machine: Machine, needs: Needs, in_the_way: set[MachineName]) -> bool:
    is_free = machine.in_pool and machine.state is MachineState.FREE
    return is_free and needs.fits(machine) and machine.name not in in_the_way


def _taken(chosen: Sequence[Machine], needs: Needs, next_free: str) -> str:
    """Say which machines it would get now, and what becomes of what is on them."""
    names = ", ".join(names_of(chosen))
    if len(chosen) == needs.how_many:
        return f"takes {names}; what is on their disks is wiped"
    return f"{needs.how_many} machines are wanted, {len(chosen)} of them are free now{next_free}"


def _next_free(pool: Pool, site: SiteName, needs: Needs, *, window: Window, now: datetime) -> str:
    lasts_s = (window.end - window.start).total_seconds()
    moment = pool.next_free(site, needs=needs, lasts_s=lasts_s, now=now)
    return "" if moment is None else f"; all are at {time_words(moment)}"


def _next(
    names: Sequence[MachineName], reservations: Sequence[Reservation], window: Window
) -> Sequence[str]:
    """Say who has the first reservation of one of the machines after the lease."""
    after = [
        one
        for one in reservations
        if one.window.start >= window.start and not set(names).isdisjoint(one.machines)
    ]
    if not after:
        return ()
    first = min(after, key=lambda one: (one.window.start, one.id))
    shared = ", ".join(name for name in names if name in first.machines)
    return (f"{first.user} has {shared} from {time_words(first.window.start)} on",)
