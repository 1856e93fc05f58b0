"""The rows of a pool: what can be read and written inside one transaction, and all in memory."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Protocol

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Lease, LeaseId, Machine, MachineName, Reservation


class Ledger(Protocol):
    """One transaction over the rows of all sites."""

    def machines(self, site: SiteName) -> Sequence[Machine]:
        """Return them as they were written, in any order; the leases say who has them."""
        ...

    def macs(self) -> Mapping[str, tuple[SiteName, MachineName]]:
        """Return whose each address is, over all sites."""
        ...

    def put_machine(self, site: SiteName, machine: Machine) -> None: ...

    def drop_machine(self, site: SiteName, name: MachineName) -> None: ...

    def leases(self, site: SiteName | None) -> Sequence[Lease]: ...

    def lease(self, lease: LeaseId) -> Lease | None: ...

    def put_lease(self, lease: Lease) -> None:
        """Write a lease; one without machines is gone."""
        ...

    def reservations(self, site: SiteName | None) -> Sequence[Reservation]: ...

    def put_reservation(self, reservation: Reservation) -> None: ...

    def drop_reservation(self, reservation: str) -> bool: ...

    def padding_s(self, site: SiteName) -> float: ...

    def put_padding(self, site: SiteName, seconds: float) -> None: ...


class Ledgers(Protocol):
    """Opens transactions: a reader sees one state, a writer is alone and writes all or nothing."""

    def reading(self) -> AbstractContextManager[Ledger]: ...

    def writing(self) -> AbstractContextManager[Ledger]: ...


@dataclass(slots=True)
class MemoryLedger:
    """Satisfies Ledger with what a process remembers."""

    known: dict[tuple[SiteName, MachineName], Machine] = field(default_factory=dict)
    held: dict[LeaseId, Lease] = field(default_factory=dict)
    promised: dict[str, Reservation] = field(default_factory=dict)
    paddings: dict[SiteName, float] = field(default_factory=dict)

    def machines(self, site: SiteName) -> Sequence[Machine]:
        return [one for (where, _), one in self.known.items() if where == site]

    def macs(self) -> Mapping[str, tuple[SiteName, MachineName]]:
        return {one.mac: key for key, one in self.known.items() if one.mac}

    def put_machine(self, site: SiteName, machine: Machine) -> None:
        self.known[site, machine.name] = machine

    def drop_machine(self, site: SiteName, name: MachineName) -> None:
        del self.known[site, name]

    def leases(self, site: SiteName | None) -> Sequence[Lease]:
        return [one for one in self.held.values() if site in {None, one.site}]

    def lease(self, lease: LeaseId) -> Lease | None:
        return self.held.get(lease)

    def put_lease(self, lease: Lease) -> None:
        if lease.machines:
            self.held[lease.id] = lease
        else:
            self.held.pop(lease.id, None)

    def reservations(self, site: SiteName | None) -> Sequence[Reservation]:
        return [one for one in self.promised.values() if site in {None, one.site}]

    def put_reservation(self, reservation: Reservation) -> None:
        self.promised[reservation.id] = reservation

    def drop_reservation(self, reservation: str) -> bool:
        return self.promised.pop(reservation, None) is not None

    def padding_s(self, site: SiteName) -> float:
        return self.paddings.get(site, 0.0)

    def put_padding(self, site: SiteName, seconds: float) -> None:
        self.paddings[site] = seconds

    def copied(self) -> "MemoryLedger":
        return replace(
            self,
            known=copy(self.known),
            held=copy(self.held),
            promised=copy(self.promised),
            paddings=copy(self.paddings),
        )


class MemoryLedgers:
    """Satisfies Ledgers, for tests and dry runs. All threads of one process see one state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ledger = MemoryLedger()

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        with self._lock:
            yield self._ledger.copied()

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        with self._lock:
            draft = self._ledger.copied()
            yield draft
            self._ledger = draft
