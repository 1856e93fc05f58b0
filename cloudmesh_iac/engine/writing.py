"""Hold the right to write a stack for one run: lock, journal, workers, its end in the history."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from cloudmesh_iac.core.history import Changed, ChangeEnd, Origin
from cloudmesh_iac.core.journal import UpdateEnded, UpdateKind, UpdateResult, UpdateStarted
from cloudmesh_iac.core.locks import Holder, Stop
from cloudmesh_iac.core.naming import NamingRules
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.applier import Applier
from cloudmesh_iac.engine.hearing import RunEars
from cloudmesh_iac.engine.holding import HeldProviders, HeldRemote
from cloudmesh_iac.engine.hooks import HookBook
from cloudmesh_iac.engine.instances import HasProviderResources
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.lost_deletes import LostDeletes
from cloudmesh_iac.engine.ports.providers import Providers, Remote
from cloudmesh_iac.engine.ports.state import Store, Writing
from cloudmesh_iac.engine.ports.surroundings import Clock, Events
from cloudmesh_iac.errors import PlanBroken

WORKERS = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine works with; `runtime` puts it together.

    `origin` says where the program of a run comes from; it is asked once, when the run begins.
    `interrupt` does to this process what a person does with Ctrl-C. `hide` takes secrets out of
    words that are kept. `naming` reads the stack's rules for names; it is asked once in a run.
    """

    store: Store
    providers: Providers
    remote: Remote
    events: Events
    clock: Clock
    holder: Holder
    origin: Callable[[], Origin] = Origin
    interrupt: Callable[[Stop], None] = lambda _: None
    hide: Callable[[str], str] = str
    naming: Callable[[], NamingRules] = NamingRules

    def begin(self, stack: StackId, *, is_preview: bool) -> Snapshot:
        """Return what is recorded, when a run begins; its providers are known from then on."""
        snapshot = self.store.snapshot(stack)
        if isinstance(self.providers, HasProviderResources):
            self.providers.recall(snapshot.records, is_preview=is_preview)
        return snapshot


class Ending:
    """How a run ended, for the history; a run that says nothing has failed."""

    def __init__(self, plan: Plan) -> None:
        self._planned = {change.urn: change.action for change in plan.changes}
        self._result = UpdateResult.FAILED
        self._counts: dict[str, int] = {}
        self._changes: dict[Urn, Changed] = {}

    def note(self, outcome: RunOutcome) -> None:
        if outcome.is_interrupted:
            self._result = UpdateResult.INTERRUPTED
        elif not outcome.failed:
            self._result = UpdateResult.WAITING if outcome.waiting else UpdateResult.DONE
        self.broke_off(outcome.carried)
        if outcome.removed:
            self._counts[Action.DELETE] = len(outcome.removed)
        for urn in outcome.removed:
            self._changes.setdefault(urn, Changed(urn, Action.DELETE))
        self._add((one.urn for one in outcome.waiting), ChangeEnd.WAITING)
        self._add((one.urn for one in outcome.skipped), ChangeEnd.SKIPPED)
        self._add((one.urn for one in outcome.failed), ChangeEnd.FAILED)

    def broke_off(self, carried: Sequence[Carried]) -> None:
        """Note what was done in a run that has no outcome: it ended with an error."""
        for one in carried:
            self._counts[one.action] = self._counts.get(one.action, 0) + 1
            if one.action.is_change:
                self._changes[one.urn] = Changed(one.urn, one.action)

    def _add(self, urns: Iterable[Urn], end: ChangeEnd) -> None:
        for urn in urns:
            known = self._changes.get(urn)
            action = self._planned.get(urn, Action.UNDECIDED) if known is None else known.action
            self._changes[urn] = Changed(urn, action, end)

    def at(self, clock: Clock, *, duration_s: float) -> UpdateEnded:
        changes = tuple(self._changes.values())
        return UpdateEnded(clock.now(), self._result, self._counts, duration_s, changes)


@dataclass(frozen=True, slots=True)
class Hands:
    """What a run writes and acts with, as long as the lock is its own."""

    writing: Writing
    ears: RunEars
    journal: Journal
    pool: ThreadPoolExecutor
    applier: Applier
    remote: Remote
    ending: Ending
    kind: UpdateKind


@contextmanager
def writing_to(
    snapshot: Snapshot, plan: Plan, *, kind: UpdateKind, parts: Parts
) -> Iterator[Hands]:
    """Take the lock, and give it back whatever happens.

    Errors: PlanBroken when the stack has moved on since the plan; StackLocked; StoreUnusable.
    """
    if snapshot.serial != plan.base_serial:
        raise PlanBroken(
            f"stack {snapshot.stack} has changed since the plan was made",
            hint="run the command again to see the new plan",
        )
    started = UpdateStarted(
        kind=kind,
        at=parts.clock.now(),
        user=parts.holder.user,
        host=parts.holder.host,
        program=plan.program,
        program_digest=plan.program_digest,
        plan_digest=plan.digest,
        parameters=plan.parameters,
        fingerprint=plan.fingerprint,
        origin=parts.origin(),
    )
    began_s = parts.clock.monotonic_s()
    ending = Ending(plan)
    with ExitStack() as closing:
        holder = replace(parts.holder, purpose=f"cmx {kind}")
        writing = parts.store.write(snapshot, started, holder)
        closing.callback(lambda: writing.close(_ended(ending, parts.clock, began_s)))
        ears = RunEars(events=parts.events, interrupt=parts.interrupt)
        writing.listen(ears)
        journal = Journal(writing)
        closing.callback(journal.close)
        pool = closing.enter_context(ThreadPoolExecutor(WORKERS))
        hooks = HookBook(is_preview=False, events=parts.events, hold=writing.hold)
        remote = HeldRemote(parts.remote, writing.hold)
        applier = Applier(
            providers=HeldProviders(parts.providers, writing.hold),
            remote=remote,
            journal=journal,
            hooks=hooks,
            lost=LostDeletes(snapshot.intents, parts.providers),
            hide=parts.hide,
        )
        yield Hands(
            writing,
            ears,
            journal,
            pool,
            applier=applier,
            remote=remote,
            ending=ending,
            kind=kind,
        )


def _ended(ending: Ending, clock: Clock, began_s: float) -> UpdateEnded:
    return ending.at(clock, duration_s=round(clock.monotonic_s() - began_s, 3))
