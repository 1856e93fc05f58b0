"""The pool of machines over rows that one writer at a time has for itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudmesh_iac.core.calendar import Calendar, moment
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    MachineState,
    Needs,
    Reservation,
    Taken,
    Window,
)
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.store.ledgers import Ledger, Ledgers
from cloudmesh_iac.store.place import store_path
from cloudmesh_iac.store.pool_machines import (
    machines_of,
    mark,
    put_machines,
    raise_unknown,
    remove_machines,
    set_in_pool,
)
from cloudmesh_iac.store.pool_rows import SqliteLedgers


def open_pool(address: str, computer: Computer) -> "LedgerPool":
    """Return the pool of a file; without an address that of the person's store."""
    path = store_path(computer, address)
    return LedgerPool(SqliteLedgers(path), new_key=computer.new_key)


@dataclass(frozen=True, slots=True)
class LedgerPool:
    """Satisfies `engine.pool.Pool`. `new_key` makes the nonces of leased machines."""

    ledgers: Ledgers
    new_key: Callable[[], str]

    # --- inventory --------------------------------------------------------------------------------

    def machines(self, site: SiteName) -> Sequence[Machine]:
        with self.ledgers.reading() as ledger:
            return machines_of(ledger, site)

    def put(self, site: SiteName, machines: Sequence[Machine]) -> None:
        with self.ledgers.writing() as ledger:
            put_machines(ledger, site, machines)

    def remove(self, site: SiteName, names: Sequence[MachineName]) -> None:
        with self.ledgers.writing() as ledger:
            remove_machines(ledger, site, names)

    def set_in_pool(
        self, site: SiteName, names: Sequence[MachineName], *, in_pool: bool, note: str = ""
    ) -> None:
        with self.ledgers.writing() as ledger:
            set_in_pool(ledger, site, names, in_pool=in_pool, note=note)

    def padding_s(self, site: SiteName) -> float:
        with self.ledgers.reading() as ledger:
            return ledger.padding_s(site)

    def set_padding(self, site: SiteName, seconds: float) -> None:
        with self.ledgers.writing() as ledger:
            ledger.put_padding(site, seconds)

    # --- leases -----------------------------------------------------------------------------------

    def lease(
        self,
        lease: LeaseId,
        site: SiteName,
        *,
        needs: Needs,
        owner: LeaseOwner,
        window: Window,
        now: datetime,
        role: str = "",
        service: str = "",
    ) -> Lease | Taken:
        with self.ledgers.writing() as ledger:
            there = ledger.lease(lease)
            if there is not None:
                return there
            calendar = _calendar(ledger, site, now)
            raise_unknown(site, needs.names, calendar.machines)
            chosen = calendar.for_lease(needs, owner, window)
            if isinstance(chosen, Taken):
                return chosen
            machines = tuple(self._leased(name, now) for name in chosen)
            made = Lease(lease, site, owner, window, machines, role, service)
            ledger.put_lease(made)
            return made

    def find(self, lease: LeaseId) -> Lease | None:
        with self.ledgers.reading() as ledger:
            return ledger.lease(lease)

    def leases(self, site: SiteName | None = None) -> Sequence[Lease]:
        with self.ledgers.reading() as ledger:
            return sorted(ledger.leases(site), key=lambda one: (one.site, one.window.end, one.id))

    def move(self, lease: LeaseId, machine: LeasedMachine, *, before: LeasedMachine) -> bool:
        with self.ledgers.writing() as ledger:
            held = ledger.lease(lease)
            if held is None or before not in held.machines:
                return False
            ledger.put_lease(_with(held, before.name, machine))
            if machine.state in {MachineState.FAILED, MachineState.READY}:
                is_broken = machine.state is MachineState.FAILED
                mark(ledger, held.site, machine.name, is_broken=is_broken, note=machine.note)
            return True

    def swap(
        self, lease: LeaseId, broken: MachineName, *, needs: Needs, note: str, now: datetime
    ) -> LeasedMachine | Taken:
        with self.ledgers.writing() as ledger:
            held = _held(ledger, lease)
            old = next((one for one in held.machines if one.name == broken), None)
            if old is None:
                raise UsageProblem(f"{broken} is not in lease {lease}", subject=broken)
            _raise_ending(held)
            mark(ledger, held.site, broken, is_broken=True, note=note)
            failed = replace(old, state=MachineState.FAILED, since=now, note=note)
            window = Window(now, max(held.window.end, now + _LEAST))
            wanted = replace(needs, count=1)
            chosen = _calendar(ledger, held.site, now).for_lease(wanted, held.owner, window)
            if isinstance(chosen, Taken):
                ledger.put_lease(_with(held, broken, failed))
                return chosen
            other = self._leased(chosen[0], now)
            ledger.put_lease(_with(held, broken, other))
            return other

    def extend(self, lease: LeaseId, until: datetime, *, now: datetime) -> Lease | Taken:
        with self.ledgers.writing() as ledger:
            held = _held(ledger, lease)
            _raise_ending(held)
            if until <= now:
                raise UsageProblem(
                    f"lease {lease} cannot end at {moment(until)}, which has passed",
                    subject=lease,
                    hint=f"cmx lease end {lease}",
                )
            if until > held.window.end:
                taken = _calendar(ledger, held.site, now).longer(held, until)
                if taken is not None:
                    return taken
            changed = replace(held, window=replace(held.window, end=until))
            ledger.put_lease(changed)
            return changed

    def end(self, lease: LeaseId, *, now: datetime, if_over: bool = False) -> Lease | None:
        with self.ledgers.writing() as ledger:
            held = ledger.lease(lease)
            if held is None or (if_over and not held.is_over(now)):
                return None
            machines = tuple(_releasing(one, now) for one in held.machines)
            ended = replace(held, machines=machines)
            ledger.put_lease(ended)
            return ended

    def hand_over(self, lease: LeaseId, owner: LeaseOwner) -> Lease:
        with self.ledgers.writing() as ledger:
            changed = replace(_held(ledger, lease), owner=owner)
            ledger.put_lease(changed)
            return changed

    def describe(self, lease: LeaseId, *, role: str, service: str) -> Lease:
        with self.ledgers.writing() as ledger:
            changed = replace(_held(ledger, lease), role=role, service=service)
            ledger.put_lease(changed)
            return changed

    def give_back(self, lease: LeaseId, machine: MachineName) -> None:
        with self.ledgers.writing() as ledger:
            held = ledger.lease(lease)
            if held is not None:
                left = tuple(one for one in held.machines if one.name != machine)
                ledger.put_lease(replace(held, machines=left))

    # --- calendar ---------------------------------------------------------------------------------

    def reserve(
        self, reservation: Reservation, *, needs: Needs, now: datetime
    ) -> Reservation | Taken:
        owner = LeaseOwner(reservation.user, reservation.project)
        with self.ledgers.writing() as ledger:
            calendar = _calendar(ledger, reservation.site, now)
            raise_unknown(reservation.site, needs.names, calendar.machines)
            chosen = calendar.for_reservation(
                needs, owner, reservation.window, but_not=reservation.id
            )
            if isinstance(chosen, Taken):
                return chosen
            made = replace(reservation, machines=chosen)
            ledger.put_reservation(made)
            return made

    def reservations(self, site: SiteName | None = None) -> Sequence[Reservation]:
        with self.ledgers.reading() as ledger:
            found = ledger.reservations(site)
        return sorted(found, key=lambda one: (one.site, one.window.start, one.id))

    def cancel(self, reservation: str) -> bool:
        with self.ledgers.writing() as ledger:
            return ledger.drop_reservation(reservation)

    def next_free(
        self,
        site: SiteName,
        *,
        needs: Needs,
        lasts_s: float,
        now: datetime,
        owner: LeaseOwner | None = None,
        after: datetime | None = None,
    ) -> datetime | None:
        with self.ledgers.reading() as ledger:
            calendar = _calendar(ledger, site, now)
        raise_unknown(site, needs.names, calendar.machines)
        return calendar.earliest(needs, timedelta(seconds=max(lasts_s, 1.0)), owner, after=after)

    def free(
        self, site: SiteName, *, needs: Needs, window: Window, now: datetime
    ) -> Sequence[MachineName]:
        with self.ledgers.reading() as ledger:
            calendar = _calendar(ledger, site, now)
        raise_unknown(site, needs.names, calendar.machines)
        return calendar.free(needs, window)

    def _leased(self, name: MachineName, now: datetime) -> LeasedMachine:
        return LeasedMachine(name, MachineState.LEASED, now, nonce=self.new_key())


_LEAST = timedelta(seconds=1)


def _calendar(ledger: Ledger, site: SiteName, now: datetime) -> Calendar:
    padding = timedelta(seconds=ledger.padding_s(site))
    return Calendar(
        ledger.machines(site), ledger.leases(site), ledger.reservations(site), now, padding
    )


def _held(ledger: Ledger, lease: LeaseId) -> Lease:
    held = ledger.lease(lease)
    if held is None:
        raise UsageProblem(
            f"there is no lease {lease}", subject=lease, hint="`cmx lease ls` shows what is held"
        )
    return held


def _raise_ending(lease: Lease) -> None:
    if lease.is_ending:
        raise UsageProblem(f"lease {lease.id} is being released", subject=lease.id)


def _with(lease: Lease, name: MachineName, machine: LeasedMachine) -> Lease:
    """Return a lease with one in the place of another."""
    return replace(
        lease, machines=tuple(machine if one.name == name else one for one in lease.machines)
    )


def _releasing(machine: LeasedMachine, now: datetime) -> LeasedMachine:
    if machine.state is MachineState.RELEASING:
        return machine
    return replace(machine, state=MachineState.RELEASING, since=now, attempts=0)
