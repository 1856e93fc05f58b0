"""Carry out one change at a time, journalled before and after."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from cloudmesh_iac.core.hooks import Moment
from cloudmesh_iac.core.jobs import Done, Failure, Ticket
from cloudmesh_iac.core.journal import Dropped, Entry, Opened, Removed, Saved, Ticketed
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import marked
from cloudmesh_iac.engine.asks import Created, DeleteAsk, Read, UpdateAsk
from cloudmesh_iac.engine.goals import Settled, Task
from cloudmesh_iac.engine.hooking import asked_before, asked_of_delete, failed_change, failed_delete
from cloudmesh_iac.engine.hooks import HookBook
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.lost_deletes import LostDeletes
from cloudmesh_iac.engine.numbers import counted
from cloudmesh_iac.engine.ports.providers import Providers, Remote


class Applier:
    """`lost` are the deletions that an earlier run began, and nobody saw the end of them."""

    def __init__(
        self,
        *,
        providers: Providers,
        remote: Remote,
        journal: Journal,
        hooks: HookBook,
        lost: LostDeletes | None = None,
        hide: Callable[[str], str] = str,
    ) -> None:
        """`hide` takes secrets out of the words of a provider, before they are written down."""
        self.hooks = hooks
        self._lost = lost
        self._hide = hide
        self._providers = providers
        self._remote = remote
        self._journal = journal

    def save(self, goal: Record) -> Settled:
        """Write a component, or new dependencies and options of an unchanged resource."""
        self._journal.write([Saved(goal)])
        return Settled(goal)

    def keep(self, task: Task, found: Read) -> Settled:
        """Write down what was read, where it is not what is recorded already."""
        outputs = marked(found.outputs, task.secrets)
        new = replace(task.goal, id=found.id, outputs=outputs, external=True)
        if new != task.record or task.former is not None:
            self._journal.write([Saved(new), *_without(task.former)])
        return Settled(new)

    def adopt(self, task: Task, found: Record) -> Settled | Failure:
        """Take over what was found, and bring it to what the program wants."""
        imported = replace(
            task.goal,
            id=found.id,
            inputs=found.inputs if task.change.updates else task.goal.inputs,
            outputs=found.outputs,
        )
        self._journal.write(made(imported, task.former or task.record))
        if not task.change.updates:
            return Settled(imported)
        before = asked_before(Moment.BEFORE_UPDATE, task.goal, imported)
        failure = self.hooks.before(task.goal, before)
        goal = replace(task.goal, id=found.id)
        return failure or self.update(replace(task, goal=goal, record=imported, former=None))

    def rename(self, record: Record, old_name: Urn) -> None:
        """Give a record its new name, in one transaction."""
        self._journal.write([Saved(record), Removed(old_name, record.creation)])

    def take_over(self, record: Record, old: Record | None) -> None:
        """Write down an object that an earlier run has made in the place of an old one, if any."""
        self._journal.write(made(record, old))

    def note(self, record: Record, now: Record | None) -> None:
        """Write down what a look has shown; that closes what was open about this object."""
        self._journal.write([Removed(record.urn, record.creation) if now is None else Saved(now)])

    def create(self, task: Task) -> Settled | Failure:
        provider = self._providers.provider(task.goal.type, task.goal.provider)
        if isinstance(provider, Failure):
            return provider
        self._journal.write([Opened(task.intent), *counted(task.intent)])
        answer = self.hooks.with_retries(
            task.goal,
            lambda: provider.create(task.ask),
            ask=partial(failed_change, Op.CREATE, task.goal, old=None),
        )
        carried = self._record(task, answer)
        if isinstance(carried, Settled) and (errors := carried.record.init_errors):
            # it is there: what is missing is added to it, not made a second time
            ask = failed_change(Op.CREATE, task.goal, old=None, errors=("; ".join(errors),))
            if task.goal.options.hooks.on_error and self.hooks.wants_retry(task.goal, ask) is True:
                return self.update(replace(task, record=carried.record))
        return carried

    def start(self, tasks: Sequence[Task]) -> Sequence[Settled | Failure]:
        """Start creates of one site together: intents, starts, records, then the release.

        Shape: as many answers as tasks, in the same order.
        """
        self._journal.write([Opened(task.intent) for task in tasks])
        answers = self._remote.start([task.ask for task in tasks])
        carried = [self._carried(task, answer) for task, answer in zip(tasks, answers, strict=True)]
        entries = [
            entry
            for task, answer in zip(tasks, carried, strict=True)
            for entry in _entries(task, answer)
        ]
        self._journal.write(entries)
        failure = self._remote.confirm(
            [answer for answer in answers if isinstance(answer, Created) and not answer.is_found]
        )
        if failure is not None:
            return [failure if isinstance(one, Settled) else one for one in carried]
        return carried

    def await_(self, task: Task) -> Ticket | Failure:
        """Write down what a create waits for; the ticket is durable when this returns."""
        ticket = self._remote.ticket(task.ask)
        if isinstance(ticket, Ticket):
            opened = Opened(replace(task.intent, ticket=ticket))
            self._journal.write([opened, Ticketed(task.goal.urn, task.change.creation, ticket)])
        return ticket

    def collect(self, task: Task, ticket: Ticket, *, done: Done) -> Settled | Failure:
        """Turn what ended into the record that was waited for."""
        return self._record(task, self._remote.collect(task.ask, ticket, done))

    def update(self, task: Task) -> Settled | Failure:
        record = task.record
        assert record is not None
        provider = self._providers.provider(record.type, task.goal.provider)
        if isinstance(provider, Failure):
            return provider
        intent = Intent(record.urn, Op.UPDATE, record.creation, task.goal)
        self._journal.write([Opened(intent)])
        ask = UpdateAsk(
            record.urn,
            record.type,
            record.id,
            old_inputs=record.inputs,
            old_outputs=record.outputs,
            news=task.goal.inputs,
            timeout_s=task.goal.options.timeouts.update_s,
            ignore_changes=task.goal.options.ignore_changes,
            provider=task.goal.provider,
        )
        updated = self.hooks.with_retries(
            task.goal,
            lambda: provider.update(ask),
            ask=partial(failed_change, Op.UPDATE, task.goal, old=record),
            unready=lambda answer: answer.init_errors,
        )
        if isinstance(updated, Failure):
            self._drop_if_certain(record, updated)
            return updated
        new = replace(
            task.goal,
            # what is not ready has not become what was asked for: the next diff has to show it
            inputs=record.inputs if updated.init_errors else task.goal.inputs,
            outputs=marked(updated.outputs, task.secrets),
            failed=updated.failed,
            init_errors=tuple(map(self._hide, updated.init_errors)),
            creation=record.creation,
        )
        self._journal.write([Saved(new), *_without(task.former)])
        return Settled(new, updated.note)

    def delete(self, record: Record, going: frozenset[Urn] = frozenset()) -> Failure | None:
        """Delete one object and forget it, or only forget it, as `_delete` says."""
        op = Op.DELETE_REPLACED if record.doomed else Op.DELETE
        return self._take_away(record, going, op=op, then=Removed(record.urn, record.creation))

    def make_way(self, record: Record, going: frozenset[Urn] = frozenset()) -> Failure | None:
        """Delete an object and keep its record, until its successor is made."""
        kept = Saved(replace(record, pending_replacement=True))
        return self._take_away(record, going, op=Op.DELETE_REPLACED, then=kept)

    def _take_away(
        self, record: Record, going: frozenset[Urn], *, op: Op, then: Entry
    ) -> Failure | None:
        if record.pending_replacement:  # its object is gone already, and its hooks were called
            self._journal.write([then])
            return None
        before = asked_of_delete(Moment.BEFORE_DELETE, record)
        failure = self.hooks.before(record, before) or self._delete(record, going, op)
        if failure is None:
            self._journal.write([then])
            self.hooks.after(record, asked_of_delete(Moment.AFTER_DELETE, record))
        return failure

    def _delete(self, record: Record, going: frozenset[Urn], op: Op) -> Failure | None:
        """Let the provider delete an object, unless nothing is to be done there.

        What an earlier run may have deleted is looked for first: it may be gone.
        That is so for components, for what was only read or is to be retained, and for what goes by
        itself with one of `going`, the urns that are deleted in the same run.
        """
        is_kept = record.retain_on_delete or record.external
        if not record.custom or is_kept or record.options.deleted_with in going:
            return None
        provider = self._providers.provider(record.type, record.provider)
        if isinstance(provider, Failure):
            return provider
        is_gone = self._lost is not None and self._lost.is_gone(record)
        if is_gone:
            return is_gone if isinstance(is_gone, Failure) else None
        self._journal.write([Opened(Intent(record.urn, op, record.creation, record))])
        ask = DeleteAsk(
            record.urn,
            record.type,
            record.id,
            record.inputs,
            record.outputs,
            timeout_s=record.options.timeouts.delete_s,
            provider=record.provider,
        )
        answer = self.hooks.with_retries(
            record, lambda: provider.delete(ask), ask=partial(failed_delete, record)
        )
        if isinstance(answer, Failure):
            self._drop_if_certain(record, answer)
            return answer
        return None

    def _record(self, task: Task, answer: Created | Failure) -> Settled | Failure:
        carried = self._carried(task, answer)
        self._journal.write(_entries(task, carried))
        return carried

    def _carried(self, task: Task, answer: Created | Failure) -> Settled | Failure:
        if isinstance(answer, Failure):
            return answer
        record = replace(
            task.goal,
            id=answer.id,
            outputs=marked(answer.outputs, task.secrets),
            failed=answer.failed,
            init_errors=tuple(map(self._hide, answer.init_errors)),
        )
        return Settled(record, answer.note, answer.is_found)

    def _drop_if_certain(self, record: Record, failure: Failure) -> None:
        if failure.is_certain:
            self._journal.write([Dropped(record.urn, record.creation)])


def made(record: Record, old: Record | None) -> list[Entry]:
    """Return how a new object is written down; what it replaces may be gone already.

    The store knows that an older object of the same name has to go, of another name we say it.
    """
    if old is not None and old.pending_replacement:
        return [Removed(old.urn, old.creation), Saved(record)]
    if old is not None and old.urn != record.urn:
        return [Saved(record), Saved(replace(old, doomed=True))]
    return [Saved(record)]


def _without(former: Record | None) -> list[Entry]:
    """Return how the old name of a record is forgotten."""
    return [] if former is None else [Removed(former.urn, former.creation)]


def _entries(task: Task, answer: Settled | Failure) -> list[Entry]:
    """An uncertain failure leaves its intent open: somebody has to look before the next try."""
    if isinstance(answer, Settled):
        return made(answer.record, task.former or task.record)
    if answer.is_certain:
        return [Dropped(task.goal.urn, task.change.creation)]
    return []
