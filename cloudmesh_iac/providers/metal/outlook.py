"""What can be said of a lease before it is taken: which machines, until when, who is next?

Only the pool is asked, which is local: no network, no credentials.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cloudmesh_iac.core.calendar import Calendar, moment
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import MachineName, Reservation, Taken, Window
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.providers.metal.props import needs_of, owner_of, window_of
from cloudmesh_iac.providers.metal.words import REAPER, SINGLE_OPERATOR, taken_words

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
    calendar = Calendar(
        pool.machines(site),
        pool.leases(site),
        pool.reservations(site),
        now,
        timedelta(seconds=pool.padding_s(site)),
    )
    chosen = calendar.for_lease(needs, owner_of(props), window)
    if isinstance(chosen, Taken):
        return (f"cannot be taken now: {taken_words(chosen)}", SINGLE_OPERATOR)
    return (
        f"takes {', '.join(chosen)}; what is on their disks is wiped",
        *_next(chosen, calendar.reservations, window),
        f"its lease ends {float(props['hours']):g} hours after it is taken; {REAPER}",
        SINGLE_OPERATOR,
    )


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
    return (f"{first.user} has {shared} from {moment(first.window.start)} on",)
