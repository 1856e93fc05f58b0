"""Which records go when the program has ended, and in which order?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import Urn


@dataclass(frozen=True, slots=True)
class Ended:
    """How an evaluation ended, as far as deletions go by it.

    `declared` are the urns that were registered. `has_gaps` says that a registration failed, was
    skipped, stayed unknown or was let go: what the program declares behind it never came.
    """

    declared: frozenset[Urn]
    program_failed: bool = False
    has_gaps: bool = False


def decide_deletions(ended: Ended, snapshot: Snapshot) -> tuple[Change, ...]:
    """Return one change per record that goes, dependents first.

    If the program ended with an error, nothing goes. A record that was declared while a value was
    handled stays when the run has gaps: it is listed as undecided.
    """
    if ended.program_failed:
        return ()
    leftovers = [record for record in snapshot.records if record.doomed]
    changes = [_deletion(record, Cause.LEFTOVER) for record in leftovers]
    for record in snapshot.records:
        if record.doomed or record.urn in ended.declared:
            continue
        if ended.has_gaps and record.from_apply:
            changes.append(_undecided(record))
        else:
            changes.append(_deletion(record, Cause.DROPPED))
    return _in_order(changes, snapshot)


def decide_destroy(snapshot: Snapshot) -> tuple[Change, ...]:
    """Return the deletion of every record of a stack, dependents first."""
    changes = [_deletion(record, Cause.DESTROY) for record in snapshot.records]
    return _in_order(changes, snapshot)


def levels(records: Iterable[Record]) -> tuple[tuple[Record, ...], ...]:
    """Group records so that each group can go at once when the groups before it are gone.

    The order inside a group is that of the creations, newest first. Runs in time proportional to
    the number of records and edges.
    """
    records = sorted(records, key=_order)
    depth: dict[Urn, int] = {}
    for record in reversed(records):
        mine = depth.setdefault(record.urn, 0)
        for urn in sources_of(record):
            depth[urn] = max(depth.get(urn, 0), mine + 1)
    groups: dict[int, list[Record]] = {}
    for record in reversed(records):
        groups.setdefault(depth[record.urn], []).append(record)
    return tuple(tuple(groups[level]) for level in sorted(groups))


def _order(record: Record) -> int:
    return record.order


def sources_of(record: Record) -> Sequence[Urn]:
    """Return what must be there as long as this record is: its parent and its dependencies."""
    if record.parent is None:
        return record.dependencies
    return (record.parent, *record.dependencies)


def _in_order(changes: list[Change], snapshot: Snapshot) -> tuple[Change, ...]:
    by_object: Mapping[tuple[Urn, int], Change] = {
        (change.urn, change.creation): change for change in changes
    }
    gone = [record for record in snapshot.records if (record.urn, record.creation) in by_object]
    return tuple(
        by_object[record.urn, record.creation] for group in levels(gone) for record in group
    )


def _deletion(record: Record, cause: Cause) -> Change:
    action = Action.FORGET if record.retain_on_delete and record.custom else Action.DELETE
    op = Op.DELETE_REPLACED if record.doomed else Op.DELETE
    return Change(
        urn=record.urn,
        type=record.type,
        action=action,
        custom=record.custom,
        parent=record.parent,
        reasons=(Reason(cause),),
        steps=(Step(op, record.urn, record.creation),),
        source=record.source,
        inputs=record.inputs,
        creation=record.creation,
    )


def _undecided(record: Record) -> Change:
    return Change(
        urn=record.urn,
        type=record.type,
        action=Action.UNDECIDED,
        custom=record.custom,
        parent=record.parent,
        reasons=(Reason(Cause.FAILED, note="declared behind a value that is not known yet"),),
        source=record.source,
        creation=record.creation,
    )
