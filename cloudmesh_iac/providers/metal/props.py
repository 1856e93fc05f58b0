"""The properties of an allocation and an installation, and the values that pools work with."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cloudmesh_iac.core.jobs import SiteName, Ticket
from cloudmesh_iac.core.metal import Lease, LeaseOwner, Machine, MachineName, Needs, Window
from cloudmesh_iac.engine.installing import Outfit

NEEDS = ("count", "names", "cpus", "memory_mb", "tags")
_LEASE = "lease-"  # no scheduler's id begins like this


def lease_id_of(props: Mapping[str, Any]) -> str:
    """Return the id of a lease, which comes from the token of its create: it is found by it."""
    return f"{_LEASE}{props['token']}"


def is_lease(remote_id: str) -> bool:
    return remote_id.startswith(_LEASE)


def needs_of(props: Mapping[str, Any]) -> Needs:
    """Return which machines will do."""
    return Needs(
        count=int(props.get("count") or 1),
        names=tuple(MachineName(str(one)) for one in props.get("names") or ()),
        cpus=int(props.get("cpus") or 0),
        memory_mb=int(props.get("memory_mb") or 0),
        tags=frozenset(map(str, props.get("tags") or ())),
    )


def owner_of(props: Mapping[str, Any]) -> LeaseOwner:
    return LeaseOwner(
        user=str(props.get("user") or ""),
        project=str(props.get("project") or ""),
        stack=str(props.get("stack") or ""),
        urn=str(props.get("urn") or ""),
    )


def window_of(props: Mapping[str, Any], start: datetime) -> Window:
    return Window(start, start + timedelta(hours=float(props["hours"])))


def outfit_of(props: Mapping[str, Any]) -> Outfit:
    return Outfit(
        profile=str(props["profile"]),
        ssh_keys=tuple(map(str, props.get("ssh_keys") or ())),
        user_data=str(props.get("user_data") or ""),
    )


def ticket_of(props: Mapping[str, Any]) -> Ticket:
    """Return what an installation waits for. Errors: KeyError where it names no lease."""
    lease = str(props["lease"])
    return Ticket(SiteName(str(props["site"])), token=lease.removeprefix(_LEASE), remote_id=lease)


def allocated(props: Mapping[str, Any], lease: Lease) -> dict[str, Any]:
    """Return the outputs of an allocation."""
    return {
        **props,
        "lease": str(lease.id),
        "machines": [str(name) for name in lease.names],
        "starts_at": lease.window.start.isoformat(),
        "ends_at": lease.window.end.isoformat(),
    }


def ready(
    props: Mapping[str, Any], lease: Lease, machines: Mapping[MachineName, Machine]
) -> dict[str, Any]:
    """Return the outputs of an installation; the lists stand in one order."""
    known = [machines[name] for name in lease.names if name in machines]
    hostnames = [one.hostname or str(one.name) for one in known]
    return {
        **props,
        "machines": [str(name) for name in lease.names],
        "hostnames": hostnames,
        "addresses": [one.address for one in known],
        "roles": _roles(lease, known, hostnames),
    }


def _roles(lease: Lease, machines: Sequence[Machine], hostnames: list[str]) -> dict[str, list[str]]:
    """Return which hosts have a role: the lease's is that of all of them."""
    roles: dict[str, list[str]] = {lease.role: list(hostnames)} if lease.role else {}
    for machine, host in zip(machines, hostnames, strict=True):
        for role in sorted(machine.roles - {lease.role}):
            roles.setdefault(role, []).append(host)
    return roles
