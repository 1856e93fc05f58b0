"""State in memory, for tests, classes and dry runs."""

import threading
from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.chain import Chain, begun
from cloudmesh_iac.core.journal import Entry, HistoryEntry, UpdateEnded, UpdateStarted
from cloudmesh_iac.core.locks import Held, Holder, StopRequest
from cloudmesh_iac.core.records import Parameter, Snapshot, StackId, StackSummary
from cloudmesh_iac.engine.ports.state import Ears
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.engine.turns import locked
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.store.leases import is_surely_dead
from cloudmesh_iac.store.memory_state import Run, StackState
from cloudmesh_iac.store.refusals import not_empty, plan_broken, taken_over
from cloudmesh_iac.wire.records import started_to_json


class MemoryStore:
    """Satisfies `engine.ports.state.Store`. All threads of one process see one state."""

    def __init__(self, *, computer: Computer) -> None:
        self._computer = computer
        self._lock = threading.Lock()
        self._stacks: dict[StackId, StackState] = {}
        self._runs: dict[StackId, list[Run]] = {}
        self._copies: dict[tuple[StackId, str], Mapping[str, str]] = {}

    def snapshot(self, stack: StackId) -> Snapshot:
        with self._lock:
            known = self._stacks.get(stack)
            if known is None:
                return Snapshot(stack, seed_key=self._computer.new_key())
            return known.to_snapshot(stack)

    def stacks(self, project: str | None = None) -> Sequence[StackSummary]:
        with self._lock:
            return tuple(
                StackSummary(
                    stack,
                    records=sum(record.is_counted for record in known.records.values()),
                    waiting=sum(intent.ticket is not None for intent in known.open_intents()),
                    changed_at=known.changed_at,
                    program=known.program,
                )
                for stack, known in sorted(self._stacks.items(), key=lambda item: _names(item[0]))
                if project in {None, stack.project}
            )

    def history(self, stack: StackId, *, newest: int | None = None) -> tuple[HistoryEntry, ...]:
        with self._lock:
            runs = self._runs.get(stack, [])
            return tuple(run.to_entry() for run in runs[-(newest or len(runs)) :])

    def chain(self, stack: StackId) -> Chain:
        with self._lock:
            links = tuple(run.link for run in self._runs.get(stack, ()))
        return Chain(stack, links, len(links), links[-1].hash if links else "")

    def program_copy(self, stack: StackId, digest: str) -> Mapping[str, str] | None:
        with self._lock:
            return dict(self._copies.get((stack, digest), {}))

    def write(self, snapshot: Snapshot, started: UpdateStarted, holder: Holder) -> "MemoryWriting":
        stack = snapshot.stack
        with self._lock:
            known = self._stacks.get(stack) or StackState(snapshot.seed_key)
            self._refuse_if_held(stack, known)
            if known.serial != snapshot.serial:
                raise plan_broken(snapshot, known.serial)
            run = self._begin(stack, started, holder)
            if known.serial == 0:
                known.seed_key = snapshot.seed_key
            known.program = started.program
            known.program_digest = started.program_digest
            known.lock = run
            self._stacks[stack] = known
            return MemoryWriting(self._lock, stack, known, run=run, clock=self._computer.clock)

    def lock(self, stack: StackId) -> Held | None:
        """Return who holds a lock: it is in this process, so it lives, and each look shows that."""
        with self._lock:
            run = self._run_of(self._stacks.get(stack))
            if run is None:
                return None
            run.looks += 1
            return _held(run)

    def ask_to_stop(self, stack: StackId, request: StopRequest) -> Held | None:
        with self._lock:
            run = self._run_of(self._stacks.get(stack))
        if run is not None and run.ears is not None and run.asked != request:
            run.asked = request
            run.ears.stop(request)
        return None if run is None else _held(run)

    def remove_stack(self, stack: StackId) -> None:
        """Forget an empty stack, but not its history; one that is not known is left alone."""
        with self._lock:
            known = self._stacks.get(stack)
            if known is None:
                return
            self._refuse_if_held(stack, known)
            if known.records or known.open_intents():
                raise not_empty(stack)
            del self._stacks[stack]

    def close(self) -> None:
        """There is nothing to close; what was stored stays readable."""

    def _begin(self, stack: StackId, started: UpdateStarted, holder: Holder) -> Run:
        runs = self._runs.setdefault(stack, [])
        previous = runs[-1].link.hash if runs else ""
        text = started_to_json(started)
        run = Run(started, holder, begun(stack, len(runs) + 1, text, previous=previous))
        runs.append(run)
        if started.origin.files:
            self._copies[stack, started.origin.copy] = started.origin.files
        return run

    def _refuse_if_held(self, stack: StackId, known: StackState) -> None:
        run = self._run_of(known)
        if run is not None:
            raise locked(stack, _held(run))

    def _run_of(self, known: StackState | None) -> Run | None:
        """Return the run that writes a stack, unless its process has surely ended."""
        run = None if known is None else known.lock
        return None if run is None or is_surely_dead(run.holder, self._computer) else run


class MemoryWriting:
    """Satisfies `engine.ports.state.Writing`."""

    def __init__(
        self, lock: threading.Lock, stack: StackId, known: StackState, *, run: Run, clock: Clock
    ) -> None:
        self._lock = lock
        self._stack = stack
        self._known = known
        self._run = run
        self._clock = clock
        self._is_closed = False

    def commit(self, entries: Sequence[Entry]) -> None:
        now = self._clock.now()
        with self._lock:
            self._hold()
            for entry in entries:
                self._known.apply(entry, now)
            self._known.serial += 1
            self._known.changed_at = now

    def hold(self) -> None:
        with self._lock:
            self._hold()

    def listen(self, ears: Ears) -> None:
        self._run.ears = ears

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        with self._lock:
            self._hold()
            self._known.parameters = tuple(parameters)

    def close(self, ended: UpdateEnded) -> None:
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
            if self._known.lock is self._run:  # who has lost the lock writes nothing
                self._run.end(self._stack, ended)
                self._known.lock = None

    def _hold(self) -> None:
        if self._known.lock is not self._run:
            raise taken_over(self._stack)


def _held(run: Run) -> Held:
    return Held(run.holder, run.link.number, beat=run.looks, since=run.started.at)


def _names(stack: StackId) -> tuple[str, str]:
    return stack.project, stack.name
