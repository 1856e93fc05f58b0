"""Hold the right to write a stack for one run: lock, journal, workers, its end in the history."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from cloudmesh_iac.core.journal import UpdateEnded, UpdateKind, UpdateResult, UpdateStarted
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.engine.applier import Applier
from cloudmesh_iac.engine.hooks import HookBook
from cloudmesh_iac.engine.journal import Journal
from cloudmesh_iac.engine.ports import Clock, Events, Holder, Providers, Remote, Store, Writing
from cloudmesh_iac.errors import PlanBroken

WORKERS = 16


@dataclass(frozen=True, slots=True)
class Parts:
    """What the engine works with; `runtime` puts it together."""

    store: Store
    providers: Providers
    remote: Remote
    events: Events
    clock: Clock
    holder: Holder


class Ending:
    """How a run ended, for the history; a run that says nothing has failed."""

    def __init__(self) -> None:
        self._result = UpdateResult.FAILED
        self._counts: dict[str, int] = {}

    def note(self, outcome: RunOutcome) -> None:
        if outcome.is_interrupted:
            self._result = UpdateResult.INTERRUPTED
        elif not outcome.failed:
            self._result = UpdateResult.WAITING if outcome.waiting else UpdateResult.DONE
        for one in outcome.carried:
            self._counts[one.action] = self._counts.get(one.action, 0) + 1
        if outcome.removed:
            self._counts[Action.DELETE] = len(outcome.removed)

    def at(self, clock: Clock) -> UpdateEnded:
        return UpdateEnded(clock.now(), self._result, self._counts)


@dataclass(frozen=True, slots=True)
class Hands:
    """What a run writes with."""

    writing: Writing
    journal: Journal
    pool: ThreadPoolExecutor
    applier: Applier
    ending: Ending


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
        plan_digest=plan.fingerprint,
        parameters=plan.parameters,
    )
    ending = Ending()
    with ExitStack() as closing:
        writing = parts.store.write(snapshot, started, parts.holder)
        closing.callback(lambda: writing.close(ending.at(parts.clock)))
        journal = Journal(writing)
        closing.callback(journal.close)
        pool = closing.enter_context(ThreadPoolExecutor(WORKERS))
        hooks = HookBook(is_preview=False, events=parts.events)
        applier = Applier(
            providers=parts.providers, remote=parts.remote, journal=journal, hooks=hooks
        )
        yield Hands(writing, journal, pool, applier, ending)
