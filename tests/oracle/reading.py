"""Read Pulumi's steps and states off our plan, our journal and our records."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import zip_longest

from cloudmesh_iac.core.journal import Entry, Opened, Removed, Saved
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.paths import parse_path, path_text
from cloudmesh_iac.core.plans import Cause, Change, Plan
from cloudmesh_iac.core.records import Intent, Record, Snapshot
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import changed_keys, is_identical
from tests.oracle.marks import all_marked, to_marked, urn_list
from tests.oracle.outcome import State, Step

_DELETES = {Op.DELETE, Op.DELETE_REPLACED}
_GOES = {*_DELETES, Op.DISCARD, Op.DISCARD_REPLACED}
_BEFORE = re.compile(r"before-(create|update|delete) hook")
_AFTER = re.compile(r"after-(create|update|delete) hook")  # the step went well
_KEYED = {Op.UPDATE, Op.REPLACE, Op.CREATE_REPLACEMENT}


def planned_steps(plan: Plan) -> tuple[Step, ...]:
    return tuple(step for change in plan.changes for step in _steps_of(change))


def _steps_of(change: Change) -> tuple[Step, ...]:
    if change.action is Action.UNDECIDED and not change.steps:
        return ()
    if not change.steps:
        return (Step(change.action, change.urn, component=not change.custom),)
    return tuple(
        step_of(change, Step(step.op, step.urn, component=not change.custom))
        for step in change.steps
    )


def step_of(change: Change | None, step: Step) -> Step:
    """Say what a step is about, as it was decided."""
    if step.op not in _KEYED or change is None:
        return step
    # Pulumi says with one of the two steps why something has to be made again
    is_again = any(one.cause is Cause.DEPENDENCY and not one.key for one in change.reasons)
    says_keys = step.op == Op.CREATE_REPLACEMENT or (step.op == Op.REPLACE and not is_again)
    # what an import replaces is not compared with what is imported
    is_compared = not (change.is_import and step.op == Op.REPLACE)
    return replace(
        step,
        component=not change.custom,
        keys=change.replace_keys if says_keys else (),
        diffs=change.keys if is_compared else (),
        details={one.path: one.kind.value for one in change.details if is_compared},
    )


def taken_steps(
    entries: Sequence[Entry],
    before: Snapshot,
    *,
    plan: Plan,
    outcome: RunOutcome | None,
    declared: Mapping[Urn, Op],
    finished: Collection[Urn] = (),
    is_destroy: bool = False,
) -> tuple[Step, ...]:
    """Return the steps in the order of the journal.

    `declared` says what is done with a resource that the journal says nothing about. In a destroy
    that is done before anything is deleted, so it does not matter what becomes of the delete. What
    is `finished` was done: if it failed or was skipped too, that is about an old object of it.
    """
    reader = JournalReader(before, plan)
    for entry, following in zip_longest(entries, entries[1:]):
        reader.read(entry, following)
    live = set() if is_destroy else set(declared)
    read = reader.steps
    if is_destroy:  # what only gets the new name of its parent is written, and no step of Pulumi's
        read = [step for step in read if step.op != Op.SAME or step.urn in declared]
    steps = [*read, *_forbidden(outcome, before, replaced=live)]
    if outcome is None:
        return _with_failures(steps, outcome)
    done = {step.urn for step in steps if step.op not in _GOES}
    if not is_destroy:
        undone = {one.urn for one in outcome.failed} | {one.urn for one in outcome.skipped}
        done |= undone.difference(finished)
    same = [Step(op, urn) for urn, op in declared.items() if urn not in done]
    return _with_failures([*same, *steps], outcome)


def _forbidden(
    outcome: RunOutcome | None, before: Snapshot, *, replaced: Collection[Urn]
) -> Sequence[Step]:
    """What a hook has forbidden is a failed step with Pulumi; our journal never hears of it.

    What is `replaced` stays declared: a deletion is that of an old object. Of what is not, the live
    one is deleted as such, once.
    """
    gone, steps = before.live().keys() - set(replaced), []
    for one in outcome.failed if outcome is not None else ():
        words = _BEFORE.match(one.message)
        if words is None:
            continue
        op = words[1]
        if op == Op.DELETE and one.urn not in gone:
            op = Op.DELETE_REPLACED
        gone -= {one.urn}
        steps.append(Step(op, one.urn))
    return steps


def after(entries: Sequence[Entry], before: Snapshot) -> Snapshot:
    """Return a snapshot with records that were saved or removed since then."""
    records = {(one.urn, one.creation): one for one in before.records}
    for entry in entries:
        if isinstance(entry, Saved):
            records[entry.record.urn, entry.record.creation] = entry.record
        elif isinstance(entry, Removed):
            records.pop((entry.urn, entry.creation), None)
    return replace(before, records=tuple(records.values()))


class JournalReader:
    """Takes entries in their order, each with the one that follows it."""

    def __init__(self, before: Snapshot, plan: Plan) -> None:
        self.steps: list[Step] = []
        self._live = before.live()
        self._objects = {(one.urn, one.creation): one for one in before.records}
        self._pending = {one.urn for one in before.records if one.pending_replacement}
        self._opened: dict[tuple[Urn, int], Op] = {}
        self._replaced: set[Urn] = set()
        self._renamed: Urn | None = None
        self._made_way: set[str] = set()
        self._imported = {change.urn for change in plan.changes if change.is_import}
        # the journal writes the two steps of a replacement as one
        self._created_first = {
            change.urn for change in plan.changes if Op.REPLACE in _ops_after_create(change)
        }

    def read(self, entry: Entry, following: Entry | None) -> None:
        if isinstance(entry, Opened):
            self._read_opened(entry.intent)
        elif isinstance(entry, Saved) and self._is_renaming(entry.record, following):
            assert isinstance(following, Removed)
            self._rename(following.urn, entry.record)
        elif isinstance(entry, Saved):
            self._read_saved(entry.record)
        elif isinstance(entry, Removed):
            self._read_removed(entry, following)

    def _read_opened(self, intent: Intent) -> None:
        # the journal says delete for an object that is replaced in the same run
        is_replaced = intent.op is Op.DELETE and intent.urn in self._replaced
        op = Op.DELETE_REPLACED if is_replaced else intent.op
        self._opened[intent.urn, intent.creation] = op
        if op is Op.CREATE_REPLACEMENT and self._is_replaced_first(intent.goal):
            self._step(Op.REPLACE, intent.urn)
        self._step(op, intent.urn)

    def _is_renaming(self, record: Record, following: Entry | None) -> bool:
        """A new name is written as a record that comes and one that goes, in one transaction."""
        if not isinstance(following, Removed) or record.urn in self._live:
            return False
        old = self._live.get(following.urn)
        return old is not None and old.order == record.order  # a new record has no place yet

    def _rename(self, former: Urn, record: Record) -> None:
        old = self._live.pop(former, record)
        self._live[record.urn] = old
        self._objects[record.urn, record.creation] = old
        self._renamed = former
        if former in self._pending:
            self._pending.add(record.urn)

    def _read_saved(self, record: Record) -> None:
        op = self._opened.get((record.urn, record.creation))
        if record.doomed and op is None:  # it has been replaced under another name
            self._replaced.add(record.urn)
            return
        if record.pending_replacement and record.urn not in self._pending:
            self._pending.add(record.urn)
            self._made_way.add(record.urn)
            if op is None:  # nothing was to be done for its delete
                self._step(Op.DELETE_REPLACED, record.urn)
        elif op is Op.CREATE_REPLACEMENT:
            self._replaced.add(record.urn)
            if not self._is_replaced_first(record) and not record.init_errors:
                self._step(Op.REPLACE, record.urn)
        elif op is None and record.urn in self._imported:
            self._imported.remove(record.urn)
            is_new = self._live.keys().isdisjoint({record.urn, *record.former})
            self._step(Op.IMPORT if is_new else Op.IMPORT_REPLACEMENT, record.urn)
            if not is_new:
                self._replaced.add(record.urn)
                self._step(Op.REPLACE, record.urn)
        elif op is None:
            self._step(self._op_of(record), record.urn)
            if self.steps[-1].op == Op.READ_REPLACEMENT:
                self._replaced.add(record.urn)
                self._step(Op.REPLACE, record.urn)

    def _is_replaced_first(self, record: Record) -> bool:
        if record.urn in self._made_way:
            return True
        is_pending = not self._pending.isdisjoint({record.urn, *record.former})
        return is_pending and record.urn not in self._created_first

    def _op_of(self, record: Record) -> Op:
        old = self._live.get(record.urn)
        if record.external:
            return Op.READ if old is None or old.external else Op.READ_REPLACEMENT
        if old is None:
            return Op.CREATE
        changed = not record.custom and changed_keys(old.inputs, record.inputs, same=is_identical)
        return Op.UPDATE if changed else Op.SAME

    def _read_removed(self, entry: Removed, following: Entry | None) -> None:
        old = self._objects.get((entry.urn, entry.creation))
        makes_way = isinstance(following, Saved) and entry.urn in {
            following.record.urn,
            *following.record.former,
        }
        # an older object of the same name is none that has made room
        is_pending = entry.urn in self._pending and not (old is not None and old.doomed)
        if entry.urn == self._renamed:
            self._renamed = None
        elif is_pending and not makes_way:
            self._step(Op.REMOVE_PENDING_REPLACE, entry.urn)
        elif not is_pending and (entry.urn, entry.creation) not in self._opened:
            is_old = (old is not None and old.doomed) or entry.urn in self._replaced
            if old is not None and old.external:
                self._step(Op.DISCARD_REPLACED if is_old else Op.DISCARD, entry.urn)
            else:
                self._step(Op.DELETE_REPLACED if is_old else Op.DELETE, entry.urn)

    def _step(self, op: Op, urn: Urn) -> None:
        self.steps.append(Step(op, urn))


def _ops_after_create(change: Change) -> list[Op]:
    ops = [step.op for step in change.steps]
    made = Op.CREATE_REPLACEMENT
    return ops[ops.index(made) :] if made in ops else []


def _with_failures(steps: Sequence[Step], outcome: RunOutcome | None) -> tuple[Step, ...]:
    """Mark as many of the last steps of a resource as it has failures."""
    failed = outcome.failed if outcome is not None else ()
    failures = Counter(one.urn for one in failed if not _AFTER.match(one.message))
    marked: list[Step] = []
    for step in reversed(steps):
        has_failed = failures[Urn(step.urn)] > 0 and step.op != Op.SAME
        failures[Urn(step.urn)] -= has_failed
        marked.append(replace(step, failed=has_failed))
    return tuple(reversed(marked))


def states_of(snapshot: Snapshot) -> tuple[State, ...]:
    return tuple(_state_of(record) for record in sorted(snapshot.records, key=_order))


def _order(record: Record) -> int:
    return record.order


def _state_of(record: Record) -> State:
    state: dict[str, object] = {
        "urn": str(record.urn),
        "type": str(record.type),
        "custom": record.custom,
        "inputs": all_marked(record.inputs),
        "outputs": all_marked(record.outputs),
    }
    options = record.options
    optional: dict[str, object] = {
        "id": record.id,
        "parent": record.parent,
        "provider": record.provider,
        "delete": record.doomed,
        "pendingReplacement": record.pending_replacement,
        "external": record.external,
        "initErrors": list(record.init_errors),
        "protect": record.protect,
        "retainOnDelete": record.retain_on_delete,
        "deletedWith": options.deleted_with,
        "importID": options.import_id,
        "ignoreChanges": list(options.ignore_changes),
        "replaceOnChanges": list(options.replace_on_changes),
        "hideDiff": [path_text(parse_path(path)) for path in options.hide_diffs],
        "replaceWith": urn_list(options.replace_with),
        "additionalSecretOutputs": list(options.additional_secret_outputs),
        "resourceHooks": {
            "".join(word.title() for word in name.split("_")): list(names)
            for name, names in asdict(options.hooks).items()
            if names
        },
        "customTimeouts": {
            name.removesuffix("_s"): seconds
            for name, seconds in asdict(options.timeouts).items()
            if seconds
        },
        "replacementTrigger": to_marked(options.replacement_trigger),
        "dependencies": urn_list(record.dependencies),
        "propertyDependencies": {
            key: urn_list(urns) for key, urns in record.property_dependencies.items() if urns
        },
    }
    return {**state, **{name: value for name, value in optional.items() if value}}
