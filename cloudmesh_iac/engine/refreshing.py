"""Look at what is recorded, and record what has changed without us."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import Entry, Removed, Saved, UpdateKind
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import Carried, FailedChange, RunOutcome
from cloudmesh_iac.core.plans import Cause, Change, Plan, Reason, Step
from cloudmesh_iac.core.records import Record, Snapshot, StackId
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.core.values import Properties, changed_keys, marked, secret_keys
from cloudmesh_iac.engine.asks import Gone, ReadAsk
from cloudmesh_iac.engine.planning import in_tree_order
from cloudmesh_iac.engine.ports import Providers, Reads
from cloudmesh_iac.engine.writing import WORKERS, Parts, writing_to
from cloudmesh_iac.errors import ExperimentError


@dataclass(frozen=True, slots=True)
class _Seen:
    """A record, and as it is now; None when its object is gone."""

    record: Record
    now: Record | Failure | None


def plan_refresh(stack: StackId, parts: Parts) -> Plan:
    """Return what has changed: updates, and records that will be forgotten. Writes nothing.

    Errors: ExperimentError naming every resource that could not be looked at.
    """
    snapshot = parts.store.snapshot(stack)
    with ThreadPoolExecutor(WORKERS) as pool:
        seen = _look(snapshot, parts.providers, pool)
    lines = [
        f"{name_of(one.record.urn)}: {one.now.message}"
        for one in seen
        if isinstance(one.now, Failure)
    ]
    if lines:
        raise ExperimentError("\n".join(sorted(lines)))
    return Plan(
        stack=stack,
        base_serial=snapshot.serial,
        changes=in_tree_order(_change(one) for one in seen if one.now != one.record),
        program=snapshot.program,
        program_digest=snapshot.program_digest,
        parameters=snapshot.parameters,
        old_parameters=snapshot.parameters,
    )


def refresh(plan: Plan, parts: Parts) -> RunOutcome:
    """Look again and write down what is seen; what does not answer stays as it was recorded.

    Errors: PlanBroken, StackLocked, StoreUnusable.
    """
    began_s = parts.clock.monotonic_s()
    snapshot = parts.store.snapshot(plan.stack)
    with writing_to(snapshot, plan, kind=UpdateKind.REFRESH, parts=parts) as hands:
        seen = _look(snapshot, parts.providers, hands.pool)
        hands.journal.write(_entries(snapshot, seen))
        gone = [one.record.urn for one in seen if one.now is None]
        outcome = RunOutcome(
            stack=plan.stack,
            kind=UpdateKind.REFRESH,
            carried=tuple(
                Carried(one.record.urn, _change(one).action)
                for one in seen
                if one.now != one.record and not isinstance(one.now, Failure)
            ),
            failed=tuple(
                FailedChange(one.record.urn, one.now.message, one.now.hint)
                for one in seen
                if isinstance(one.now, Failure)
            ),
            removed=tuple(gone),
            duration_s=parts.clock.monotonic_s() - began_s,
        )
        hands.ending.note(outcome)
    return outcome


def _look(snapshot: Snapshot, providers: Providers, pool: Executor) -> tuple[_Seen, ...]:
    """Ask for every object that there should be, also for those that are still to be deleted."""
    records = [one for one in snapshot.records if one.custom and not one.pending_replacement]
    now = pool.map(partial(_now, providers=providers), records)
    return tuple(map(_Seen, records, now))


def _now(record: Record, providers: Providers) -> Record | Failure | None:
    provider = providers.provider(record.type)
    if isinstance(provider, Failure):
        return provider
    if not isinstance(provider, Reads):
        return record
    answer = provider.read(
        ReadAsk(record.urn, record.type, record.id, record.inputs, record.outputs)
    )
    if isinstance(answer, Failure):
        return answer
    if isinstance(answer, Gone):
        return None
    keeps = record.external or answer.inputs is None
    return replace(
        record,
        id=answer.id,
        inputs=record.inputs if keeps else _like(record.inputs, answer.inputs or {}),
        outputs=_like(record.outputs, answer.outputs),
        init_errors=(),
    )


def _like(old: Properties, new: Properties) -> Properties:
    """Return the old values where nothing differs; what was secret stays secret."""
    if not changed_keys(old, new):
        return old
    return marked(new, secret_keys(old))


def _change(seen: _Seen) -> Change:
    record, now = seen.record, seen.now
    reasons: tuple[Reason, ...] = (Reason(Cause.FAILED, note="it is not there any more"),)
    if isinstance(now, Record):
        reasons = tuple(
            Reason(Cause.FIELD, key=key, old=record.outputs.get(key), new=now.outputs.get(key))
            for key in changed_keys(record.outputs, now.outputs)
        )
    return Change(
        urn=record.urn,
        type=record.type,
        action=Action.FORGET if now is None else Action.UPDATE,
        parent=record.parent,
        reasons=reasons,
        steps=(Step(Op.REFRESH, record.urn, record.creation),),
        source=record.source,
        inputs=record.inputs,
        creation=record.creation,
    )


def _entries(snapshot: Snapshot, seen: Sequence[_Seen]) -> Sequence[Entry]:
    """Forget what is gone, also where other records stand on it."""
    now = {(one.record.urn, one.record.creation): one.now for one in seen}
    gone = frozenset(one.record.urn for one in seen if one.now is None and not one.record.doomed)
    entries: list[Entry] = []
    for record in snapshot.records:
        found = now.get((record.urn, record.creation), record)
        if found is None:
            entries.append(Removed(record.urn, record.creation))
            continue
        new = _without(gone, record if isinstance(found, Failure) else found)
        if new != record:
            entries.append(Saved(new))
    return entries


def _without(gone: frozenset[Urn], record: Record) -> Record:
    stands_on = {record.parent, *record.dependencies, record.options.deleted_with}
    if gone.isdisjoint({*stands_on, *record.options.replace_with}):
        return record
    options = record.options
    return replace(
        record,
        parent=None if record.parent in gone else record.parent,
        dependencies=_left(record.dependencies, gone),
        property_dependencies={
            key: _left(urns, gone) for key, urns in record.property_dependencies.items()
        },
        options=replace(
            options,
            deleted_with=None if options.deleted_with in gone else options.deleted_with,
            replace_with=_left(options.replace_with, gone),
        ),
    )


def _left(urns: tuple[Urn, ...], gone: frozenset[Urn]) -> tuple[Urn, ...]:
    return tuple(urn for urn in urns if urn not in gone)
