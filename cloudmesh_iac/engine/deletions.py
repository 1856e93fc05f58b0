"""Which records go when the program has ended, and in which order?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.needs import depends_on, sources_of
from cloudmesh_iac.engine.order import key_of, levels
from cloudmesh_iac.errors import ExperimentError


@dataclass(frozen=True, slots=True)
class Ended:
    """How an evaluation ended, as far as deletions go by it.

    `declared` are the urns that were registered. `has_gaps` says that a registration failed, was
    skipped, stayed unknown or was let go: what the program declares behind it never came. `held`
    names what must stay, and the unfinished resource that still stands on it. `made_way` are
    objects that are deleted in this run already, to make room for a replacement. `spared` are urns
    of which nothing is deleted, because a person chose others.
    """

    declared: frozenset[Urn]
    program_failed: bool = False
    has_gaps: bool = False
    held: Mapping[Urn, Urn] = field(default_factory=dict)
    made_way: frozenset[Urn] = frozenset()
    spared: frozenset[Urn] = frozenset()


def decide_deletions(ended: Ended, snapshot: Snapshot) -> tuple[Change, ...]:
    """Return one change per record that goes, dependents first.

    If the program ended with an error, nothing goes. A record that was declared while a value was
    handled stays when the run has gaps, and so does what is held: both are listed as undecided.
    """
    if ended.program_failed:
        return ()
    leftovers = [one for one in snapshot.records if one.doomed and one.urn not in ended.spared]
    changes = [
        _deletion(record, Cause.LEFTOVER) for record in leftovers if record.urn not in ended.held
    ]
    for record in snapshot.records:
        if record.doomed or record.urn in ended.declared or record.urn in ended.spared:
            continue
        if record.urn in ended.held:
            changes.append(_undecided(record, "what stands on it is not done", ended.held))
        elif ended.has_gaps and record.from_apply:
            changes.append(_undecided(record, "declared behind a value that is not known yet"))
        elif record.urn in ended.made_way:
            deletion = _deletion(record, Cause.DROPPED)
            first = Step(Op.DELETE_REPLACED, record.urn, record.creation)
            forgotten = Step(Op.REMOVE_PENDING_REPLACE, record.urn, record.creation)
            changes.append(replace(deletion, steps=(first, forgotten)))
        elif record.pending_replacement:
            changes.append(_deletion(record, Cause.LEFTOVER))
        else:
            changes.append(_deletion(record, Cause.DROPPED))
    return _in_order(changes, snapshot)


def decide_destroy(snapshot: Snapshot) -> tuple[Change, ...]:
    """Return the deletion of every record of a stack, dependents first."""
    changes = [_deletion(record, Cause.DESTROY) for record in snapshot.records]
    return _in_order(changes, snapshot)


def held_by(unfinished: Iterable[Urn], snapshot: Snapshot) -> Mapping[Urn, Urn]:
    """Return everything that unfinished resources stand on as they are now, and which one does."""
    live = snapshot.live()
    held: dict[Urn, Urn] = {}
    waiting = [(urn, urn) for urn in unfinished]
    while waiting:
        urn, because = waiting.pop()
        record = live.get(urn)
        for source in sources_of(record) if record is not None else ():
            if source not in held:
                held[source] = because
                waiting.append((source, because))
    return held


def raise_protected(changes: Iterable[Change], snapshot: Snapshot) -> None:
    """Errors: ExperimentError naming every protected resource that would go."""
    protected = {record.urn for record in snapshot.live().values() if record.protect}
    lines = [
        f"{name_of(change.urn)} ({change.source}): it is protected and would be deleted"
        for change in changes
        if change.action in {Action.DELETE, Action.FORGET}
        and change.urn in protected
        and not any(reason.cause is Cause.LEFTOVER for reason in change.reasons)
    ]
    if lines:
        raise ExperimentError(
            "\n".join(lines), hint="take `protect` off, and run `cmx up` before you drop it"
        )


def _in_order(changes: list[Change], snapshot: Snapshot) -> tuple[Change, ...]:
    by_object = {(change.urn, change.creation): change for change in changes}
    gone = [record for record in snapshot.records if key_of(record) in by_object]
    return tuple(by_object[key_of(record)] for group in levels(gone) for record in group)


def _deletion(record: Record, cause: Cause) -> Change:
    is_kept = record.retain_on_delete or record.pending_replacement or record.external
    is_kept = record.custom and is_kept
    action = Action.FORGET if is_kept else Action.DELETE
    return Change(
        urn=record.urn,
        type=record.type,
        action=action,
        custom=record.custom,
        parent=record.parent,
        reasons=(Reason(cause),),
        steps=(Step(_op(record), record.urn, record.creation),),
        source=record.source,
        inputs=record.inputs,
        creation=record.creation,
        needs=depends_on(record),
    )


def _op(record: Record) -> Op:
    if record.pending_replacement:
        return Op.REMOVE_PENDING_REPLACE
    if record.external:
        return Op.DISCARD_REPLACED if record.doomed else Op.DISCARD
    return Op.DELETE_REPLACED if record.doomed else Op.DELETE


def _undecided(record: Record, note: str, held: Mapping[Urn, Urn] | None = None) -> Change:
    return Change(
        urn=record.urn,
        type=record.type,
        action=Action.UNDECIDED,
        custom=record.custom,
        parent=record.parent,
        reasons=(Reason(Cause.FAILED, urn=(held or {}).get(record.urn), note=note),),
        source=record.source,
        creation=record.creation,
        needs=depends_on(record),
    )
