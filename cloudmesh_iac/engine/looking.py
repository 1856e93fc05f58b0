"""How is what is recorded now, and what has to be written down about it?"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import Entry, Removed, Saved
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import FailedChange
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step, hiding
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import Properties, changed_keys, distinct, marked, secret_keys
from cloudmesh_iac.engine.asks import DiffAsk, Difference, Gone, Read, ReadAsk
from cloudmesh_iac.engine.order import Key, key_of
from cloudmesh_iac.engine.ports.providers import Provider, Providers, Reads
from cloudmesh_iac.engine.references import repaired
from cloudmesh_iac.errors import ExperimentError


@dataclass(frozen=True, slots=True)
class Seen:
    """A record, and as it is now; None when its object is gone.

    `wanted` are the inputs that the next run would put back. `is_blind` says that nobody can look.
    """

    record: Record
    now: Record | Failure | None
    wanted: tuple[str, ...] = ()
    is_blind: bool = False

    @property
    def has_changed(self) -> bool:
        return self.now != self.record and not isinstance(self.now, Failure)


def look(records: Iterable[Record], *, providers: Providers, pool: Executor) -> tuple[Seen, ...]:
    """Ask for every object that there should be, also for those that are still to be deleted."""
    there = [one for one in records if one.custom and not one.pending_replacement]
    return tuple(pool.map(partial(look_at, providers=providers), there))


def look_at(record: Record, providers: Providers) -> Seen:
    """Ask how one object is; as in Pulumi, its provider is also asked what that would change."""
    provider = providers.provider(record.type, record.provider)
    if isinstance(provider, Failure):
        return Seen(record, provider)
    if not isinstance(provider, Reads):
        return Seen(record, record, is_blind=True)
    answer = provider.read(
        ReadAsk(
            record.urn,
            record.type,
            record.id,
            record.inputs,
            record.outputs,
            timeout_s=record.options.timeouts.read_s,
            provider=record.provider,
        )
    )
    if isinstance(answer, Read):
        return _seen(record, answer, provider)
    return Seen(record, None if isinstance(answer, Gone) else answer)


def _seen(record: Record, answer: Read, provider: Provider) -> Seen:
    now = replace(
        record,
        id=answer.id,
        inputs=_like(record.inputs, record.inputs if answer.inputs is None else answer.inputs),
        outputs=_like(record.outputs, answer.outputs),
        init_errors=answer.init_errors,
    )
    if record.external:
        return Seen(record, replace(now, inputs=record.inputs), is_blind=answer.is_blind)
    difference = provider.diff(
        DiffAsk(
            record.urn,
            record.type,
            now.id,
            now.inputs,
            now.outputs,
            record.inputs,
            ignore_changes=record.options.ignore_changes,
            provider=record.provider,
        )
    )
    if isinstance(difference, Failure):
        return Seen(record, difference)
    return Seen(record, now, wanted=_wanted(difference, now, record), is_blind=answer.is_blind)


def _like(old: Properties, new: Properties) -> Properties:
    """Return the old values where nothing differs; what was secret stays secret."""
    if not changed_keys(old, new):
        return old
    return marked(new, secret_keys(old))


def _wanted(difference: Difference, now: Record, record: Record) -> tuple[str, ...]:
    if difference.has_changes is None:
        return changed_keys(now.inputs, record.inputs)
    return distinct((*difference.keys, *difference.replaces))


def as_seen(snapshot: Snapshot, seen: Sequence[Seen]) -> Snapshot:
    """Return the snapshot that a look leads to; what does not answer stays as it was recorded."""
    now = {key_of(one.record): one.now for one in seen}
    records: list[Record] = []
    for record in snapshot.records:
        found = now.get(key_of(record), record)
        if found is not None:
            records.append(record if isinstance(found, Failure) else found)
    intents = tuple(one for one in snapshot.intents if one.makes or not _is_seen(one, now))
    if len(records) == len(snapshot.records):
        return replace(snapshot, records=tuple(records), intents=intents)
    return replace(snapshot, records=repaired(records), intents=intents)


def _is_seen(intent: Intent, now: Mapping[Key, Record | Failure | None]) -> bool:
    key = intent.urn, intent.creation
    return key in now and not isinstance(now[key], Failure)


def entries_of(snapshot: Snapshot, seen: Sequence[Seen]) -> Sequence[Entry]:
    """Return how it is written down; a look also settles what may have happened to an object."""
    looked_at = {key_of(one.record) for one in seen if not isinstance(one.now, Failure)}
    open_ = {
        (intent.urn, intent.creation)
        for intent in snapshot.intents
        if not intent.makes and (intent.urn, intent.creation) in looked_at
    }
    left = {key_of(record): record for record in as_seen(snapshot, seen).records}
    entries: list[Entry] = []
    for record in snapshot.records:
        key = key_of(record)
        if key not in left:
            entries.append(Removed(record.urn, record.creation))
        elif left[key] != record or key in open_:
            entries.append(Saved(left[key]))
    return entries


def change_of(seen: Seen) -> Change:
    """Return what has changed, as a line of a plan."""
    record, now = seen.record, seen.now
    reasons: tuple[Reason, ...] = (Reason(Cause.OUTSIDE, note="it is not there any more"),)
    if isinstance(now, Record):
        reasons = hiding(_reasons(seen, now), record.options.hide_diffs)
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


def _reasons(seen: Seen, now: Record) -> Iterable[Reason]:
    record = seen.record
    if record.id != now.id:
        yield Reason(Cause.FIELD, key="id", old=record.id, new=now.id)
    for key in changed_keys(record.outputs, now.outputs):
        note = "the next run puts it back" if key in seen.wanted else ""
        yield Reason(
            Cause.FIELD, key=key, old=record.outputs.get(key), new=now.outputs.get(key), note=note
        )
    for key in changed_keys(record.inputs, now.inputs):
        if key not in changed_keys(record.outputs, now.outputs):
            yield Reason(Cause.FIELD, key=key, old=record.inputs.get(key), new=now.inputs.get(key))
    if record.init_errors and not now.init_errors:
        yield Reason(Cause.OUTSIDE, note="it has become ready")
    elif now.init_errors != record.init_errors:
        yield Reason(Cause.OUTSIDE, note=f"it is not ready: {'; '.join(now.init_errors)}")


def failures_in(seen: Iterable[Seen]) -> tuple[FailedChange, ...]:
    return tuple(
        FailedChange(one.record.urn, one.now.message, one.now.hint)
        for one in seen
        if isinstance(one.now, Failure)
    )


def raise_failures(seen: Iterable[Seen]) -> None:
    """Errors: ExperimentError naming every resource that could not be looked at."""
    failed = failures_in(seen)
    if failed:
        hints = distinct(one.hint for one in failed if one.hint)
        raise ExperimentError(
            "\n".join(sorted(f"{name_of(one.urn)}: {one.message}" for one in failed)),
            hint="\n".join(hints) or None,
        )
