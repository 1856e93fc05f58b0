"""Which jobs does a plan take away while they are still queued or running?"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Value
from cloudmesh_iac.engine.order import Key, key_of


def with_interruptions(changes: Iterable[Change], snapshot: Snapshot) -> tuple[Change, ...]:
    """Say of each job that goes before its end was seen that it is cancelled.

    A job that has ended is interrupted by nothing: other limits are for its next run. `snapshot` is
    what the plan was made from: what has ended since then is still named.
    """
    tickets = {
        key_of(record): ticket for record in snapshot.records if (ticket := _ticket_of(record))
    }
    if not tickets:
        return tuple(changes)
    waits = snapshot.open_waits().values()
    open_ = {(one.ticket.token, one.ticket.remote_id) for one in waits if one.ticket is not None}
    started = {
        key: str(ticket["remote_id"])
        for key, ticket in tickets.items()
        if (ticket.get("token"), ticket.get("remote_id")) in open_
    }
    live = {record.urn: record.creation for record in snapshot.live().values()}
    ended = {urn for urn, creation in live.items() if (urn, creation) in tickets.keys() - started}
    return tuple(
        replace(change, interrupts=False)
        if change.interrupts and change.action is Action.UPDATE and change.urn in ended
        else _said(change, started, live)
        for change in changes
    )


def _said(change: Change, started: Mapping[Key, str], live: Mapping[Urn, int]) -> Change:
    match change.action:
        case Action.DELETE:
            id_ = started.get((change.urn, change.creation))
        case Action.REPLACE:
            id_ = started.get((change.urn, live.get(change.urn, 0)))
        case _:
            id_ = None
    if id_ is None:
        return change
    words = f"job {id_} has not ended yet: it is cancelled"
    return replace(
        change,
        losses=(*change.losses, words),
        interrupts=change.interrupts or change.action is Action.REPLACE,
    )


def _ticket_of(record: Record) -> Mapping[str, Value]:
    ticket = record.outputs.get("ticket")
    return ticket if isinstance(ticket, Mapping) else {}
