"""Machines, leases and reservations as plain values of JSON, and machines back again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cloudmesh_iac.core.metal import (
    Controller,
    Lease,
    LeasedMachine,
    Machine,
    MachineName,
    Reservation,
)


def machine_to_json(machine: Machine) -> str:
    """Return what is said of a machine, without what is known of its state."""
    said = machine_to_plain(machine)
    for name in ("in_pool", "is_broken", "state", "note"):
        del said[name]
    return json.dumps(said, sort_keys=True)


def machine_from_json(text: str) -> Machine:
    """Errors: ValueError."""
    said: dict[str, Any] = json.loads(text)
    try:
        controller = said.pop("controller")
        return Machine(
            **{
                **said,
                "name": MachineName(said["name"]),
                "tags": frozenset(said["tags"]),
                "roles": frozenset(said["roles"]),
                "controller": None if controller is None else Controller(**controller),
            }
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"it is no machine: {error}") from error


def machine_to_plain(machine: Machine) -> dict[str, Any]:
    """Return all of a machine; a secret is the name of its place."""
    said = asdict(machine)
    return {**said, "tags": sorted(machine.tags), "roles": sorted(machine.roles)}


def lease_to_plain(lease: Lease, *, now: datetime) -> dict[str, Any]:
    """Return a lease without the nonces of its machines."""
    return {
        "id": lease.id,
        "site": lease.site,
        "user": lease.owner.user,
        "project": lease.owner.project,
        "stack": lease.owner.stack,
        "urn": lease.owner.urn,
        "start": time_to_text(lease.window.start),
        "end": time_to_text(lease.window.end),
        "over": lease.is_over(now),
        "role": lease.role,
        "service": lease.service,
        "machines": [_leased(one) for one in lease.machines],
    }


def reservation_to_plain(reservation: Reservation) -> dict[str, Any]:
    return {
        "id": reservation.id,
        "site": reservation.site,
        "machines": list(reservation.machines),
        "start": time_to_text(reservation.window.start),
        "end": time_to_text(reservation.window.end),
        "user": reservation.user,
        "project": reservation.project,
        "label": reservation.label,
        "summary": reservation.summary,
    }


def time_to_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat()


def _leased(machine: LeasedMachine) -> Mapping[str, Any]:
    return {
        "name": machine.name,
        "state": machine.state,
        "since": time_to_text(machine.since),
        "attempts": machine.attempts,
        "note": machine.note,
    }
