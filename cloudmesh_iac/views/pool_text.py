"""How do machines, leases and reservations look?"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from rich.text import Text

from cloudmesh_iac.core.metal import Controller, Lease, Machine, MachineState, Reservation
from cloudmesh_iac.views.tables import columns, lines
from cloudmesh_iac.views.times import local_time, span_text
from cloudmesh_iac.views.words import duration, one_line

_COLOURS = {
    MachineState.FREE: "green",
    MachineState.FAILED: "red",
    MachineState.INSTALLING: "cyan",
    MachineState.RELEASING: "cyan",
}


def inventory_text(machines: Sequence[Machine]) -> Text:
    if not machines:
        return Text("no machines: `cmx inventory import FILE` brings some")
    head = _head(
        "machine", "state", "cpus", "memory", "mac", "address", "controller", "tags", "note"
    )
    rows = [
        [
            Text(one.name),
            state_text(one),
            Text(str(one.cpus or "")),
            Text(_memory(one.memory_mb)),
            Text(one.mac),
            Text(one_line(one.address)),
            Text(_controller(one.controller)),
            Text(one_line(" ".join(sorted(one.tags)))),
            Text(one_line(one.note)),
        ]
        for one in machines
    ]
    return lines(columns([head, *rows], right=(2, 3)))


def state_text(machine: Machine) -> Text:
    """Say how a machine stands; one that is not handed out says so first."""
    text = Text("off, " if not machine.in_pool else "", style="yellow")
    if machine.is_broken and machine.state is not MachineState.FAILED:
        text.append("broken, ", style="red")
    return text.append(machine.state.value, style=_COLOURS.get(machine.state, "default"))


def machine_facts(
    machine: Machine, lease: Lease | None, promised: Sequence[Reservation], *, now: datetime
) -> Mapping[str, str]:
    held = "" if lease is None else f"{lease.owner.user}, lease {lease.id}, {_until(lease, now)}"
    following = [f"{one.user} {span_text(one.window, now)} ({one.id})" for one in promised]
    return {
        "machine": machine.name,
        "state": state_text(machine).plain,
        "note": machine.note,
        "held by": held,
        "reserved for": "; ".join(following),
        "host name": machine.hostname,
        "mac": machine.mac,
        "address": machine.address,
        "cpus": str(machine.cpus or ""),
        "memory": _memory(machine.memory_mb),
        "tags": " ".join(sorted(machine.tags)),
        "roles": " ".join(sorted(machine.roles)),
        "controller": _controller(machine.controller),
        "password": "" if machine.controller is None else machine.controller.secret,
    }


def leases_text(leases: Sequence[tuple[Lease, str]], *, now: datetime) -> Text:
    """Return a table; beside each lease stand its machines as a host list."""
    if not leases:
        return Text("no leases")
    head = _head("lease", "site", "machines", "state", "user", "stack", "role", "ends")
    rows = [
        [
            Text(one.id),
            Text(one.site),
            Text(hosts),
            Text(_states(one)),
            Text(one_line(one.owner.user)),
            Text(one_line(_stack(one))),
            Text(one_line(one.role)),
            Text(_until(one, now), style="red" if one.is_over(now) else ""),
        ]
        for one, hosts in leases
    ]
    return lines(columns([head, *rows]))


def reservations_text(reservations: Sequence[tuple[Reservation, str]], *, now: datetime) -> Text:
    """Return a table; beside each reservation stand its machines as a host list."""
    if not reservations:
        return Text("no reservations")
    head = _head("id", "label", "project", "user", "hosts", "start", "end", "summary")
    rows = [
        [
            Text(one_line(one.id)),
            Text(one_line(one.label)),
            Text(one_line(one.project)),
            Text(one_line(one.user)),
            Text(hosts),
            Text(local_time(one.window.start, now)),
            Text(local_time(one.window.end, now)),
            Text(one_line(one.summary)),
        ]
        for one, hosts in reservations
    ]
    return lines(columns([head, *rows]))


def _head(*names: str) -> list[Text]:
    return [Text(name, style="bold") for name in names]


def _states(lease: Lease) -> str:
    return ", ".join(sorted({one.state.value for one in lease.machines}))


def _stack(lease: Lease) -> str:
    return (
        f"{lease.owner.project}/{lease.owner.stack}" if lease.owner.stack else lease.owner.project
    )


def _until(lease: Lease, now: datetime) -> str:
    left_s = (lease.window.end - now).total_seconds()
    when = local_time(lease.window.end, now)
    return f"{when} (in {duration(left_s)})" if left_s > 0 else f"{when} (over)"


def _memory(memory_mb: int) -> str:
    return f"{memory_mb / 1024:g} GiB" if memory_mb else ""


def _controller(controller: Controller | None) -> str:
    if controller is None:
        return ""
    port = "" if controller.port is None else f":{controller.port}"
    return one_line(f"{controller.kind} {controller.address}{port}".strip())
