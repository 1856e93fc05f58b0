"""Wipe a machine before somebody else gets it, where its site has a profile that does."""

import threading
from dataclasses import replace

from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    Machine,
    Power,
    Standing,
)
from cloudmesh_iac.engine.booting import Wipes
from cloudmesh_iac.engine.installing import MOST_STARTS, Outfit, has_told, installation_of
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import SiteRefused

WIPED = "wiped"


class Overtaken(SiteRefused):
    """Another run has moved the machine since: this one has nothing to do with it any more."""


def wipe(machine: LeasedMachine, found: Machine, *, lease: Lease, keeper: Keeper) -> bool:
    """Install the wipe profile, and wait until the machine says that it is done.

    True also where the site has none, and for a machine that nobody has started in this lease. One
    that is being wiped is waited for, whoever has begun it: who releases every few minutes would
    else begin anew for ever. Errors: SiteUnreachable, SiteRefused; Overtaken when another run was
    faster.
    """
    site = keeper.site
    profile = site.wipe_profile if isinstance(site, Wipes) else ""
    if not profile or machine.note in {"", WIPED}:
        return True
    outfit = Outfit(profile)
    begun = machine.attempts if _is_being_wiped(machine, found, outfit=outfit, keeper=keeper) else 0
    is_wiped = begun > 0 and _is_told(machine, found, lease=lease, outfit=outfit, keeper=keeper)
    for start in range(begun, MOST_STARTS):
        if is_wiped:
            break
        machine = _started(machine, found, start, lease=lease, outfit=outfit, keeper=keeper)
        is_wiped = _is_told(machine, found, lease=lease, outfit=outfit, keeper=keeper)
    if is_wiped:
        done = replace(machine, since=keeper.clock.now(), note=WIPED)
        _move(machine, done, lease=lease.id, pool=keeper.pool)
    return is_wiped


def _is_being_wiped(
    machine: LeasedMachine, found: Machine, *, outfit: Outfit, keeper: Keeper
) -> bool:
    """Say whether it was started to be wiped, and has not been switched off since."""
    if machine.note != outfit.tag or not machine.attempts:
        return False
    standing = keeper.site.standings([found])[found.name]
    return not (isinstance(standing, Standing) and standing.power is Power.OFF)


def _started(
    machine: LeasedMachine,
    found: Machine,
    start: int,
    *,
    lease: Lease,
    outfit: Outfit,
    keeper: Keeper,
) -> LeasedMachine:
    """Switch it off, write what wipes it, switch it on; it is called being wiped only then."""
    site, note = keeper.site, f"preparing {outfit.tag}"
    ready = replace(machine, since=keeper.clock.now(), note=note, attempts=start)
    _move(machine, ready, lease=lease.id, pool=keeper.pool)
    site.switch(found, Power.OFF, lease=lease.id)
    site.prepare({found.name: (found, installation_of(lease, ready, outfit))})
    site.switch(found, Power.ON, lease=lease.id)
    wiping = replace(ready, since=keeper.clock.now(), note=outfit.tag, attempts=start + 1)
    _move(ready, wiping, lease=lease.id, pool=keeper.pool)
    return wiping


def _move(before: LeasedMachine, now: LeasedMachine, *, lease: LeaseId, pool: Pool) -> None:
    """Errors: Overtaken where somebody else has moved it meanwhile."""
    if not pool.move(lease, now, before=before):
        raise Overtaken("another run is releasing it", hint="wait for that one, or repeat this")


def _is_told(
    machine: LeasedMachine, found: Machine, *, lease: Lease, outfit: Outfit, keeper: Keeper
) -> bool:
    """Wait until the machine itself has told that this start of it has wiped it."""
    site, clock, looks = keeper.site, keeper.clock, 0
    while True:
        standing = site.standings([found])[found.name]
        if isinstance(standing, Standing) and has_told(
            machine, standing, lease=lease.id, outfit=outfit
        ):
            return True
        if (clock.now() - machine.since).total_seconds() >= keeper.install_limit_s:
            return False
        clock.wait(threading.Event(), site.look_after_s(looks))
        looks += 1
