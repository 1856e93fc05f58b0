"""The machines of a pool: written, taken out of use, forgotten."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Machine, MachineName, MachineState
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.urns import natural_key
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.store.ledgers import Ledger


def machines_of(ledger: Ledger, site: SiteName) -> Sequence[Machine]:
    """Return the machines of a site as they stand, sorted as people count."""
    states = {one.name: one.state for lease in ledger.leases(site) for one in lease.machines}
    found = []
    for one in ledger.machines(site):
        free = MachineState.FAILED if one.is_broken else MachineState.FREE
        found.append(replace(one, state=states.get(one.name, free)))
    return sorted(found, key=lambda one: natural_key(one.name))


def put_machines(ledger: Ledger, site: SiteName, machines: Sequence[Machine]) -> None:
    """Errors: UsageProblem for each MAC address that two machines have."""
    known = {one.name: one for one in ledger.machines(site)}
    own = {(site, one.name) for one in machines}
    macs = {mac: whose for mac, whose in ledger.macs().items() if whose not in own}
    problems = []
    for one in machines:
        where, name = macs.setdefault(one.mac, (site, one.name)) if one.mac else (site, one.name)
        if (where, name) != (site, one.name):
            problems.append(f"{one.name} has the MAC address {one.mac} of {name} at {where}")
    if problems:
        raise UsageProblem("; ".join(problems), hint="each address belongs to one machine")
    for one in machines:
        if one.name in known:
            ledger.drop_machine(site, one.name)  # two may have changed their addresses
    for one in machines:
        old = known.get(one.name, one)
        kept = replace(one, in_pool=old.in_pool, is_broken=old.is_broken, note=old.note)
        ledger.put_machine(site, kept)


def remove_machines(ledger: Ledger, site: SiteName, names: Sequence[MachineName]) -> None:
    """Errors: UsageProblem for one that is held, promised or not there; none is gone."""
    raise_unknown(site, names, ledger.machines(site))
    held = [
        f"{one.name} is in lease {lease.id} of {lease.owner.user}"
        for lease in ledger.leases(site)
        for one in lease.machines
        if one.name in names
    ]
    held += [
        f"{name} is reserved for {one.user} (reservation {one.id})"
        for one in ledger.reservations(site)
        for name in one.machines
        if name in names
    ]
    if held:
        raise UsageProblem(
            "; ".join(sorted(held, key=natural_key)),
            hint="end it first: `cmx lease end`, `cmx reservation rm`",
        )
    for name in names:
        ledger.drop_machine(site, name)


def set_in_pool(
    ledger: Ledger, site: SiteName, names: Sequence[MachineName], *, in_pool: bool, note: str
) -> None:
    """Errors: UsageProblem for a name that is not there; nothing is changed."""
    machines = ledger.machines(site)
    raise_unknown(site, names, machines)
    for one in machines:
        if one.name in names:
            is_broken = one.is_broken and not in_pool
            ledger.put_machine(site, replace(one, in_pool=in_pool, is_broken=is_broken, note=note))


def mark(ledger: Ledger, site: SiteName, name: MachineName, *, is_broken: bool, note: str) -> None:
    """Say that a machine is broken, and why; or that it is so no more."""
    for one in ledger.machines(site):
        if one.name == name and (is_broken or one.is_broken):
            said = note if is_broken else ""
            ledger.put_machine(site, replace(one, is_broken=is_broken, note=said))


def raise_unknown(
    site: SiteName, names: Collection[MachineName], machines: Sequence[Machine]
) -> None:
    """Errors: UsageProblem for names that are not among the machines, with the nearest one."""
    known = {one.name for one in machines}
    missing = sorted(set(names) - known, key=natural_key)
    if not missing:
        return
    raise UsageProblem(
        f"{site} has no machine {', '.join(missing)}",
        subject=missing[0],
        hint=instead_of(missing[0], known, otherwise=f"cmx inventory ls --on {site}"),
    )
