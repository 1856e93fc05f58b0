"""The rows of a pool in the person's SQLite file, beside the stacks."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from weakref import finalize

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    MachineState,
    Reservation,
    Window,
)
from cloudmesh_iac.store.database import Database
from cloudmesh_iac.store.disks import DISK, Disk
from cloudmesh_iac.store.ledgers import Ledger, MemoryLedger
from cloudmesh_iac.store.schema import has_pool
from cloudmesh_iac.store.troubles import translated_texts
from cloudmesh_iac.wire.machines import machine_from_json, machine_to_json, time_to_text

_MACHINES = "SELECT body, in_pool, is_broken, note FROM machines WHERE site = ?"
_MACS = "SELECT mac, site, name FROM machines WHERE mac <> ''"
_PUT_MACHINE = (
    "INSERT INTO machines (site, name, mac, in_pool, is_broken, note, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (site, name) DO UPDATE SET mac = excluded.mac,"
    " in_pool = excluded.in_pool, is_broken = excluded.is_broken, note = excluded.note,"
    " body = excluded.body"
)
_DROP_MACHINE = "DELETE FROM machines WHERE site = ? AND name = ?"
_LEASES = (
    "SELECT id, site, starts, ends, user, project, stack, urn, role, service FROM leases"
    " WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR id = ?2)"
)
_LEASED = (
    "SELECT name, state, since, nonce, attempts, note FROM leased WHERE lease = ? ORDER BY place"
)
_DROP_LEASED = "DELETE FROM leased WHERE lease = ?"
_DROP_LEASE = "DELETE FROM leases WHERE id = ?"
_PUT_LEASE = (
    "INSERT INTO leases (id, site, starts, ends, user, project, stack, urn, role, service)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
    " starts = excluded.starts, ends = excluded.ends, user = excluded.user,"
    " project = excluded.project, stack = excluded.stack, urn = excluded.urn,"
    " role = excluded.role, service = excluded.service"
)
_PUT_LEASED = (
    "INSERT INTO leased (site, lease, place, name, state, since, nonce, attempts, note)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_RESERVATIONS = (
    "SELECT id, site, starts, ends, user, project, label, summary FROM reservations"
    " WHERE (?1 IS NULL OR site = ?1)"
)
_RESERVED = "SELECT name FROM reserved WHERE reservation = ? ORDER BY place"
_DROP_RESERVATION = "DELETE FROM reservations WHERE id = ?"
_PUT_RESERVATION = (
    "INSERT INTO reservations (id, site, starts, ends, user, project, label, summary)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_PUT_RESERVED = "INSERT INTO reserved (reservation, place, name) VALUES (?, ?, ?)"
_PADDING = "SELECT padding_s FROM pools WHERE site = ?"
_PUT_PADDING = (
    "INSERT INTO pools (site, padding_s) VALUES (?, ?)"
    " ON CONFLICT (site) DO UPDATE SET padding_s = excluded.padding_s"
)


class SqliteLedgers:
    """Satisfies `store.ledgers.Ledgers`; a file is made by the first writer."""

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self._database = Database(path, disk)
        finalize(self, self._database.close)  # nobody else knows when a pool is not needed any more

    @contextmanager
    def reading(self) -> Iterator[Ledger]:
        with self._database.reading() as connection, translated_texts(self._database.path):
            if connection is None or not has_pool(connection):
                yield MemoryLedger()
            else:
                yield PoolRows(connection)

    @contextmanager
    def writing(self) -> Iterator[Ledger]:
        with self._database.writing() as connection, translated_texts(self._database.path):
            yield PoolRows(connection)


@dataclass(frozen=True, slots=True)
class PoolRows:
    """Satisfies `store.ledgers.Ledger` inside the transaction that is open."""

    connection: sqlite3.Connection

    def machines(self, site: SiteName) -> Sequence[Machine]:
        rows: list[tuple[str, int, int, str]] = self._all(_MACHINES, site)
        return [
            replace(
                machine_from_json(body),
                in_pool=bool(in_pool),
                is_broken=bool(is_broken),
                note=note,
            )
            for body, in_pool, is_broken, note in rows
        ]

    def macs(self) -> Mapping[str, tuple[SiteName, MachineName]]:
        rows: list[tuple[str, str, str]] = self._all(_MACS)
        return {mac: (SiteName(site), MachineName(name)) for mac, site, name in rows}

    def put_machine(self, site: SiteName, machine: Machine) -> None:
        self.connection.execute(
            _PUT_MACHINE,
            (
                site,
                machine.name,
                machine.mac,
                machine.in_pool,
                machine.is_broken,
                machine.note,
                machine_to_json(machine),
            ),
        )

    def drop_machine(self, site: SiteName, name: MachineName) -> None:
        self.connection.execute(_DROP_MACHINE, (site, name))

    def leases(self, site: SiteName | None) -> Sequence[Lease]:
        rows: list[tuple[str, ...]] = self._all(_LEASES, site, None)
        return [self._lease(row) for row in rows]

    def lease(self, lease: LeaseId) -> Lease | None:
        rows: list[tuple[str, ...]] = self._all(_LEASES, None, lease)
        return self._lease(rows[0]) if rows else None

    def put_lease(self, lease: Lease) -> None:
        self.connection.execute(_DROP_LEASED, (lease.id,))
        if not lease.machines:
            self.connection.execute(_DROP_LEASE, (lease.id,))
            return
        owner, window = lease.owner, lease.window
        self.connection.execute(
            _PUT_LEASE,
            (
                lease.id,
                lease.site,
                *_ends(window),
                owner.user,
                owner.project,
                owner.stack,
                owner.urn,
                lease.role,
                lease.service,
            ),
        )
        self.connection.executemany(
            _PUT_LEASED,
            [
                (
                    lease.site,
                    lease.id,
                    place,
                    one.name,
                    one.state.value,
                    time_to_text(one.since),
                    one.nonce,
                    one.attempts,
                    one.note,
                )
                for place, one in enumerate(lease.machines)
            ],
        )

    def reservations(self, site: SiteName | None) -> Sequence[Reservation]:
        rows: list[tuple[str, ...]] = self._all(_RESERVATIONS, site)
        return [self._reservation(row) for row in rows]

    def put_reservation(self, reservation: Reservation) -> None:
        self.drop_reservation(reservation.id)
        self.connection.execute(
            _PUT_RESERVATION,
            (
                reservation.id,
                reservation.site,
                *_ends(reservation.window),
                reservation.user,
                reservation.project,
                reservation.label,
                reservation.summary,
            ),
        )
        names = [(reservation.id, place, name) for place, name in enumerate(reservation.machines)]
        self.connection.executemany(_PUT_RESERVED, names)

    def drop_reservation(self, reservation: str) -> bool:
        return self.connection.execute(_DROP_RESERVATION, (reservation,)).rowcount > 0

    def padding_s(self, site: SiteName) -> float:
        rows: list[tuple[float]] = self._all(_PADDING, site)
        return rows[0][0] if rows else 0.0

    def put_padding(self, site: SiteName, seconds: float) -> None:
        self.connection.execute(_PUT_PADDING, (site, seconds))

    def _lease(self, row: tuple[str, ...]) -> Lease:
        number, site, starts, ends, user, project, stack, urn, role, service = row
        rows: list[tuple[str, str, str, str, int, str]] = self._all(_LEASED, number)
        machines = tuple(
            LeasedMachine(
                MachineName(name),
                MachineState(state),
                datetime.fromisoformat(since),
                nonce,
                attempts,
                note,
            )
            for name, state, since, nonce, attempts, note in rows
        )
        owner = LeaseOwner(user, project, stack, urn)
        window = _window(starts, ends)
        return Lease(LeaseId(number), SiteName(site), owner, window, machines, role, service)

    def _reservation(self, row: tuple[str, ...]) -> Reservation:
        number, site, starts, ends, user, project, label, summary = row
        rows: list[tuple[str]] = self._all(_RESERVED, number)
        machines = tuple(MachineName(name) for (name,) in rows)
        window = _window(starts, ends)
        return Reservation(number, SiteName(site), machines, window, user, project, label, summary)

    def _all(self, query: str, *values: str | None) -> list[Any]:
        return self.connection.execute(query, values).fetchall()


def _ends(window: Window) -> tuple[str, str]:
    return time_to_text(window.start), time_to_text(window.end)


def _window(starts: str, ends: str) -> Window:
    return Window(datetime.fromisoformat(starts), datetime.fromisoformat(ends))
