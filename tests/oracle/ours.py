"""Let our engine play a history, in memory and without a child process."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.core.invariants import broken_invariants
from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.journal import Entry, Saved, UpdateEnded, UpdateStarted
from cloudmesh_iac.core.locks import Holder
from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.core.plans import Cause, Plan
from cloudmesh_iac.core.records import Parameter, Snapshot, StackId
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.applying import ApplyingSession
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.choosing import Choice
from cloudmesh_iac.engine.conclusions import Conclusion, End
from cloudmesh_iac.engine.destroying import destroy, plan_destroy
from cloudmesh_iac.engine.destroying_declared import destroy_declared, plan_destroy_declared
from cloudmesh_iac.engine.embedded import EmbeddedEngine, Request
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.ports.state import Ears, Writing
from cloudmesh_iac.engine.refreshing import plan_refresh, refresh
from cloudmesh_iac.engine.refreshing_declared import plan_refresh_declared, refresh_declared
from cloudmesh_iac.engine.writing import Hands, Parts
from cloudmesh_iac.errors import CmxError, ProgramFailed
from cloudmesh_iac.settings.computer import SystemClock
from cloudmesh_iac.store.memory import MemoryStore
from tests.builders import STACK, a_computer, a_holder
from tests.oracle.case import Generation, History
from tests.oracle.files import write_files
from tests.oracle.outcome import Phase, Played, Problem, Result, Step
from tests.oracle.provider import World
from tests.oracle.reading import after, planned_steps, states_of, step_of, taken_steps
from tests.oracle.script import DEADLINE_S, CannotPlay, Script


def play_ours(history: History) -> Result:
    """Errors: CannotPlay."""
    world, store = World(history.types), WatchedStore()
    parts = Parts(
        store=store,
        providers=world.registry(),
        remote=NothingRemote(),
        events=Silence(),
        clock=HurriedClock(),
        holder=a_holder(),
        naming=lambda: world.naming,
    )
    generations = []
    for generation in history.generations:
        write_files(history.folder, generation.files)
        generations.append(_played(generation, world, parts, folder=Path(history.folder)))
    return Result(history.name, "", tuple(generations))


def _played(generation: Generation, world: World, parts: Parts, *, folder: Path) -> Played:
    options = generation.options
    if options.stop_on_error:
        raise CannotPlay("stop_on_error")
    script = Script(generation.program, world, folder)
    world.begin(generation, is_preview=True)
    preview, plan = _previewed(generation, script, world=world, parts=parts)
    update = None
    if plan is not None and generation.operation != "preview":
        world.begin(generation, is_preview=False)
        update = _carried_out(generation, plan, script=script, world=world, parts=parts)
    after = parts.store.snapshot(STACK)
    assert broken_invariants(after) == ()
    return Played(preview, update, states_of(after))


def _previewed(
    generation: Generation, script: Script, *, world: World, parts: Parts
) -> tuple[Phase, Plan | None]:
    plan, error = None, None
    try:
        if generation.operation == "destroy" and generation.options.run_program:
            plan = plan_destroy_declared(script, _request(generation), parts)
        elif generation.operation == "destroy":
            plan = plan_destroy(STACK, parts, _selection(generation))
        elif generation.operation == "refresh" and generation.options.run_program:
            plan = plan_refresh_declared(script, _request(generation), parts)
        elif generation.operation == "refresh":
            plan = plan_refresh(STACK, parts, _selection(generation))
        else:
            plan = EmbeddedEngine(parts).preview(script, _request(generation))
    except CmxError as found:
        error = found
    steps = _without_lost(plan) if plan is not None else ()
    is_refresh = generation.operation == "refresh"
    is_with_program = generation.options.run_program
    known = set() if is_with_program else set(script.declared())
    spared = () if is_refresh else _spared(plan, parts.store.snapshot(STACK), known)
    steps = (*_looks(generation, world), *_left_out(generation, script), *steps, *spared)
    return _phase(script, world, steps=steps, error=error), plan


def _without_lost(plan: Plan) -> Sequence[Step]:
    """Leave out what a lost create may have left, which Pulumi does not look for.

    Another line of the same name stays: that of an object which a renamed resource has replaced.
    """
    kept = [
        change
        for change in plan.changes
        if change.action is not Action.DELETE
        or all(reason.cause is not Cause.UNSETTLED for reason in change.reasons)
    ]
    return planned_steps(replace(plan, changes=tuple(kept)))


def _ran(generation: Generation, plan: Plan, *, script: Script, parts: Parts) -> RunOutcome:
    request = _request(generation)
    if generation.operation == "destroy":
        if generation.options.run_program:
            return destroy_declared(script, request, plan, parts=parts)
        return destroy(plan, parts)
    if generation.operation == "refresh":
        if generation.options.run_program:
            return refresh_declared(script, request, plan, parts=parts)
        return refresh(plan, parts)
    engine = WatchedEngine(parts)
    try:
        return engine.up(script, request, plan)
    finally:
        script.concluded = engine.concluded()


def _looks(generation: Generation, world: World) -> tuple[Step, ...]:
    """Pulumi takes a step for everything that it looks at, ours only says what has changed."""
    if generation.operation != "refresh" and not generation.options.refresh:
        return ()
    return tuple(Step("refresh", call.urn) for call in world.calls if call.method == "read")


def _carried_out(
    generation: Generation, plan: Plan, *, script: Script, world: World, parts: Parts
) -> Phase:
    store = parts.store
    assert isinstance(store, WatchedStore)
    before = store.snapshot(STACK)
    store.begin(lambda: generation.options.refresh and script.played is None)
    script.played, script.concluded, outcome, error = None, {}, None, None
    try:
        outcome = _ran(generation, plan, script=script, parts=parts)
    except CmxError as found:
        error = found
    before = after(store.looked, before)
    left_out = _left_out(generation, script)
    declared = script.declared()
    entries = store.entries
    if generation.operation == "refresh":  # what was looked at is in the looks
        looked_at = {*_looked_at(plan, script, world), *(step.urn for step in left_out)}
        looked_at |= {one.urn for one in before.records if one.pending_replacement}
        declared = {
            urn: op for urn, op in declared.items() if op is Op.READ or urn not in looked_at
        }
        entries = _of(declared, entries)
    elif generation.options.run_program:  # a component is not made to be destroyed
        there = {*before.live(), *(step.urn for step in left_out)}
        saved = [entry.record for entry in entries if isinstance(entry, Saved)]
        there |= {one.urn for one in saved if not there.isdisjoint(one.former)}  # renamed
        declared = {urn: op for urn, op in declared.items() if urn in there}
    taken = taken_steps(
        entries,
        before,
        plan=plan,
        outcome=outcome,
        declared=declared,
        finished=_finished(script),
        is_destroy=generation.operation == "destroy",
    )
    steps = _decided(script, taken)
    if generation.operation == "refresh":
        steps = (*left_out, *steps)
    else:
        steps = (*steps, *_spared(plan, before, set(script.declared())))
    steps = (*_looks(generation, world), *steps)
    return _phase(script, world, steps=steps, error=error, outcome=outcome)


def _looked_at(plan: Plan, script: Script, world: World) -> set[str]:
    """With a choice, what is not looked at has no step at all."""
    looked_at = {call.urn for call in world.calls if call.method == "read"}
    return looked_at | set(script.customs()) if plan.selection.is_limited else looked_at


def _left_out(generation: Generation, script: Script) -> tuple[Step, ...]:
    """What is declared and not made is a step of Pulumi's, and no line of ours."""
    if not generation.options.run_program or script.played is None:
        return ()
    return tuple(Step("same", urn) for urn in script.played.left_out)


def _decided(script: Script, steps: Sequence[Step]) -> tuple[Step, ...]:
    changes = {str(urn): one.change for urn, one in script.concluded.items()}
    return tuple(step_of(changes.get(step.urn), step) for step in steps)


def _finished(script: Script) -> frozenset[Urn]:
    ends = {End.DONE, End.BAD}
    return frozenset(urn for urn, one in script.concluded.items() if one.end in ends)


def _spared(plan: Plan | None, before: Snapshot, known: set[Urn]) -> tuple[Step, ...]:
    """What is recorded, not declared, and spared is a step of Pulumi's, and no line of ours."""
    if plan is None:
        return ()
    spared = Choice(plan.selection).spared(before).union(plan.left_out)
    if plan.selection.is_limited:  # a component stays as long as something below it does
        planned = {change.urn for change in plan.changes}
        components = {urn for urn, one in before.live().items() if not one.custom}
        spared |= components - planned
    known |= {former for one in before.records if one.urn in known for former in one.former}
    return tuple(Step("same", urn) for urn in before.live() if urn in spared - known)


def _of(urns: Mapping[Urn, Op], entries: Sequence[Entry]) -> list[Entry]:
    saved = [entry for entry in entries if isinstance(entry, Saved)]
    return [entry for entry in saved if entry.record.urn in urns]


def _request(generation: Generation) -> Request:
    return Request(STACK, refresh=generation.options.refresh, selection=_selection(generation))


def _selection(generation: Generation) -> Selection:
    options = generation.options
    return Selection(
        targets=options.targets,
        excludes=options.excludes,
        replaces=options.replace,
        target_dependents=options.target_dependents,
        exclude_dependents=options.exclude_dependents,
    )


def _phase(
    script: Script,
    world: World,
    *,
    steps: Sequence[Step],
    error: CmxError | None,
    outcome: RunOutcome | None = None,
) -> Phase:
    failed = outcome.failed if outcome is not None else ()
    skipped = outcome.skipped if outcome is not None else ()
    problems = tuple(Problem(one.urn, one.message) for one in failed)
    message = f"{type(error).__name__}: {error}" if error is not None else ""
    return Phase(
        error=message or "; ".join(problem.message for problem in problems),
        program_error=isinstance(error, ProgramFailed),
        problems=problems,
        steps=tuple(steps),
        calls=tuple(world.calls),
        undone=(*(one.urn for one in failed), *(one.urn for one in skipped)),
        answers=script.played.answers if script.played is not None else {},
    )


# --- the rest of the house ------------------------------------------------------------------------


class WatchedStore(MemoryStore):
    """Keeps what the journal was told: these are the steps that were taken.

    What is written while the run only looks is kept apart, in `looked`.
    """

    def __init__(self) -> None:
        super().__init__(computer=a_computer(clock=SystemClock()))
        self.begin(lambda: False)

    def begin(self, is_looking: Callable[[], bool]) -> None:
        self.entries: list[Entry] = []
        self.looked: list[Entry] = []
        self._is_looking = is_looking

    def note(self, entries: Sequence[Entry]) -> None:
        (self.looked if self._is_looking() else self.entries).extend(entries)

    def write(  # type: ignore[override]  # the port's type, not the memory store's own
        self, snapshot: Snapshot, started: UpdateStarted, holder: Holder
    ) -> Writing:
        return WatchedWriting(self.note, super().write(snapshot, started, holder))


class WatchedWriting:
    def __init__(self, note: Callable[[Sequence[Entry]], None], inner: Writing) -> None:
        self._note = note
        self._inner = inner

    def commit(self, entries: Sequence[Entry]) -> None:
        self._inner.commit(entries)
        self._note(entries)

    def hold(self) -> None:
        self._inner.hold()

    def listen(self, ears: Ears) -> None:
        self._inner.listen(ears)

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        self._inner.settle_parameters(parameters)

    def close(self, ended: UpdateEnded) -> None:
        self._inner.close(ended)


class WatchedEngine(EmbeddedEngine):
    """Keeps what was decided in an up: the journal does not say why."""

    _watched: ApplyingSession | None = None

    def _session(
        self, snapshot: Snapshot, request: Request, *, plan: Plan, hands: Hands
    ) -> ApplyingSession:
        self._watched = super()._session(snapshot, request, plan=plan, hands=hands)
        return self._watched

    def concluded(self) -> Mapping[Urn, Conclusion]:
        return {} if self._watched is None else self._watched.run.conclusions()


class HurriedClock(SystemClock):
    """A run that does not end is an error, soon."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        if not event.wait(min(timeout_s, DEADLINE_S)):
            raise AssertionError("the run does not end")
        return True


class Silence:
    def tell(self, event: Event) -> None:
        """Nobody listens."""


class NothingRemote:
    """No type starts or awaits anything; satisfies `engine.ports.providers.Remote`."""

    def problem(self, site: SiteName) -> Failure | None:
        raise AssertionError("no resource has a site")

    def role(self, type_: ResourceType) -> Role:
        return Role.PLAIN

    def site(self, inputs: Properties) -> SiteName:
        raise AssertionError("no resource has a site")

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        raise AssertionError("nothing is started")

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        raise AssertionError("nothing is started")

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        raise AssertionError("nothing waits")

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        raise AssertionError("nothing waits")

    def is_attended(self, type_: ResourceType) -> bool:
        del type_
        return False

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        raise AssertionError("nothing waits")

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        raise AssertionError("nothing waits")

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        raise AssertionError("nothing waits")

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        raise AssertionError("no resource has a site")

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        raise AssertionError("no resource has a site")
