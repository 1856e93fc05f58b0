"""Wipe a machine before somebody else gets it, where its site has a profile that does."""

import threading
from dataclasses import replace
from datetime import datetime

from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    Machine,
    Power,
    Standing,
)
from cloudmesh_iac.engine.booting import LimitsInstalls, Wipes
from cloudmesh_iac.engine.installing import MOST_STARTS, Outfit, has_told, installation_of
from cloudmesh_iac.engine.keeping_machines import INSTALL_LIMIT_S, Keeper
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import SiteRefused

WIPED = "wiped"


def wipe(machine: LeasedMachine, found: Machine, *, lease: Lease, keeper: Keeper) -> bool:
    """Install the wipe profile, and wait until the machine says that it is done.

    True also where the site has none, and for a machine that nobody has started in this lease. A
    death in the middle is no harm: the next release begins anew. Errors: SiteUnreachable,
    SiteRefused.
    """
    site = keeper.site
    profile = site.wipe_profile if isinstance(site, Wipes) else ""
    if not profile or machine.note in {"", WIPED}:
        return True
    outfit = Outfit(profile)
    for start in range(MOST_STARTS):
        wiping = replace(machine, since=keeper.clock.now(), note=outfit.tag, attempts=start)
        _move(machine, wiping, lease=lease.id, pool=keeper.pool)
        site.switch(found, Power.OFF)
        site.prepare({found.name: (found, installation_of(lease, wiping, outfit))})
        site.switch(found, Power.ON)
        machine = replace(wiping, since=keeper.clock.now(), attempts=start + 1)
        _move(wiping, machine, lease=lease.id, pool=keeper.pool)
        if _is_told(machine, found, lease=lease, outfit=outfit, keeper=keeper):
            done = replace(machine, since=keeper.clock.now(), note=WIPED)
            _move(machine, done, lease=lease.id, pool=keeper.pool)
            return True
    return False


def _move(before: LeasedMachine, now: LeasedMachine, *, lease: LeaseId, pool: Pool) -> None:
    """Errors: SiteRefused where somebody else has moved it meanwhile."""
    if not pool.move(lease, now, before=before):
        raise SiteRefused("another run is releasing it", hint="wait for that one, or repeat this")


def _is_told(
    machine: LeasedMachine, found: Machine, *, lease: Lease, outfit: Outfit, keeper: Keeper
) -> bool:
    """Wait until the machine itself has told that this start of it has wiped it."""
    site, clock, looks = keeper.site, keeper.clock, 0
    limit_s = site.install_limit_s if isinstance(site, LimitsInstalls) else INSTALL_LIMIT_S
    while _passed_s(machine.since, clock.now()) < limit_s:
        standing = site.standings([found])[found.name]
        if isinstance(standing, Standing) and has_told(
            machine, standing, lease=lease.id, outfit=outfit
        ):
            return True
        clock.wait(threading.Event(), site.look_after_s(looks))
        looks += 1
    return False


def _passed_s(since: datetime, now: datetime) -> float:
    return (now - since).total_seconds()
