"""The world around a run: a provider that can fail, a simulated site, a clock that jumps."""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.core.history import Origin
from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.journal import Entry, UpdateEnded, UpdateResult, UpdateStarted
from cloudmesh_iac.core.locks import Holder, Stop
from cloudmesh_iac.core.outcomes import JobSeen, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Parameter, Record, Snapshot
from cloudmesh_iac.core.urns import (
    JOB_END_TYPE,
    JOB_START_TYPE,
    REACH_TYPE,
    ResourceType,
    Urn,
    name_of,
)
from cloudmesh_iac.core.values import Properties, changed_keys
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    FindAsk,
    Found,
    Gone,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.destroying import destroy, plan_destroy
from cloudmesh_iac.engine.destroying_declared import destroy_declared, plan_destroy_declared
from cloudmesh_iac.engine.embedded import EmbeddedEngine, Request
from cloudmesh_iac.engine.ports.program import Program
from cloudmesh_iac.engine.ports.providers import Provider, Providers, Remote
from cloudmesh_iac.engine.ports.state import Ears, Writing
from cloudmesh_iac.engine.refreshing import plan_refresh, refresh
from cloudmesh_iac.engine.refreshing_declared import plan_refresh_declared, refresh_declared
from cloudmesh_iac.engine.remotes import Remotes
from cloudmesh_iac.engine.status import look
from cloudmesh_iac.engine.writing import Parts
from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.providers.batch.handlers import (
    CompletionHandler,
    SubmissionHandler,
)
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.dynamic.calls import HandlerCalls
from cloudmesh_iac.providers.metal.calls import metal_handlers
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.metal.remote import MetalRemote
from cloudmesh_iac.providers.reach.handlers import ReachHandler
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from cloudmesh_iac.store.memory import MemoryStore
from cloudmesh_iac.store.memory_state import Run
from tests.builders import STACK, HandClock, a_computer, a_holder, a_start
from tests.lifecycle.script import DEADLINE_S, GROUP, THING, ScriptedProgram

SIM = SiteName("sim")
NO_ANSWER = Failure("no answer", is_certain=False)
BLIND = "test:index:Blind"
REPLACING = ("image", "disk")
_STEP_S = 0.002
_SHORT_S = 1.0  # what the main thread waits so short for is no event


class JumpingClock(HandClock):
    """Time jumps when a poller waits; while the clock is `frozen` it stands, and pollers with it.

    The main thread waits for its event with a deadline; `interrupt_when` presses Ctrl-C once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.frozen = False
        self.interrupt_when: Callable[[], bool] | None = None

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        if threading.current_thread() is threading.main_thread():
            if timeout_s > _SHORT_S:
                return self._wait_in_main(event, timeout_s)
        else:
            event.wait(_STEP_S)
            while self.frozen and not event.is_set():
                event.wait(_STEP_S)
        if not event.is_set():
            self.advance(seconds=timeout_s)
        return event.is_set()

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait in real time until something is so."""
        never = threading.Event()
        for _ in range(round(DEADLINE_S / _STEP_S)):
            if condition():
                return
            never.wait(_STEP_S)
        raise AssertionError("it does not come to that")

    def _wait_in_main(self, event: threading.Event, timeout_s: float) -> bool:
        due_s = self.monotonic_s() + timeout_s
        for _ in range(round(DEADLINE_S / _STEP_S)):
            if self.interrupt_when is not None and self.interrupt_when():
                self.interrupt_when = None
                raise KeyboardInterrupt
            if event.wait(_STEP_S) or self.monotonic_s() >= due_s:
                return event.is_set()
        raise AssertionError("the run does not end")


@dataclass
class SeeingProvider:
    """Makes things. A new `image` needs a new thing, a new `disk` has no room beside the old one.

    `faults` maps (call, name) to what goes wrong, `unready` to why an object is not ready then;
    `before` is called with each call. `silent` are calls that happen and whose answer is lost.
    It sees what has an id, and cannot look for what was lost.
    """

    calls: list[tuple[str, str]] = field(default_factory=list)
    faults: dict[tuple[str, str], Failure | Refusal] = field(default_factory=dict)
    unready: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    before: Callable[[str, str], object] = lambda *_: None
    silent: set[tuple[str, str]] = field(default_factory=set)
    made: dict[str, Properties] = field(default_factory=dict)
    made_at: dict[str, datetime] = field(default_factory=dict)
    numbers: int = 0
    zone: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        fault = self._called("check", ask.urn)
        return fault if fault is not None else Checked(ask.news)

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        fault = self._failed("diff", ask.urn)
        keys = changed_keys(ask.old_inputs, ask.news)
        replaces = tuple(key for key in keys if key in REPLACING)
        return fault or Difference(
            None, keys, replaces, delete_before_replace="disk" in replaces, losses=replaces
        )

    def create(self, ask: CreateAsk) -> Created | Failure:
        fault = self._failed("create", ask.urn)
        if fault is not None:
            return fault
        with self._lock:
            self.numbers += 1
            number = self.numbers
            made = f"{name_of(ask.urn)}#{number}"
            self.made[made] = ask.inputs
        if ("create", name_of(ask.urn)) in self.silent:
            return NO_ANSWER
        errors = self.unready.get(("create", name_of(ask.urn)), ())
        outputs = {**ask.inputs, "address": f"10.0.0.{number}"}
        if self.zone:
            outputs["zone"] = self.zone
        return Created(made, outputs, init_errors=errors)

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        fault = self._failed("update", ask.urn)
        if fault is None:
            self.made[ask.id] = ask.news
            if ("update", name_of(ask.urn)) in self.silent:
                return NO_ANSWER
        errors = self.unready.get(("update", name_of(ask.urn)), ())
        return fault or Updated({**ask.old_outputs, **ask.news}, init_errors=errors)

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        fault = self._failed("delete", ask.urn)
        if fault is None:
            del self.made[ask.id]  # nothing is deleted twice
            if ("delete", name_of(ask.urn)) in self.silent:
                return NO_ANSWER
        return fault or Deleted()

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        fault = self._failed("read", ask.urn)
        if fault is not None:
            return fault
        if ask.id not in self.made:
            return Gone()
        inputs = self.made[ask.id]
        outputs = {**ask.outputs, **inputs}
        if ask.id.startswith(f"{name_of(ask.urn)}#"):
            outputs["address"] = f"10.0.0.{ask.id.partition('#')[2]}"
        if not ask.id.startswith(name_of(ask.urn)):  # made by somebody else
            outputs["at"] = f"site of {ask.id}"
        return Read(ask.id, outputs, inputs)

    def did(self, *names: str) -> list[tuple[str, str]]:
        """Return the calls that change something, in order; take them off the list."""
        wanted = names or ("create", "update", "delete")
        with self._lock:
            found = [call for call in self.calls if call[0] in wanted]
            self.calls.clear()
        return found

    def _called(self, call: str, urn: Urn) -> Failure | Refusal | None:
        self.before(call, name_of(urn))
        with self._lock:
            self.calls.append((call, name_of(urn)))
        return self.faults.get((call, name_of(urn)))

    def _failed(self, call: str, urn: Urn) -> Failure | None:
        fault = self._called(call, urn)
        assert not isinstance(fault, Refusal)
        return fault


@dataclass
class FakeProvider(SeeingProvider):
    """Finds lost objects by their name; `searches` says for a name how they are looked for."""

    searches: dict[str, Search | Failure] = field(default_factory=dict)

    def search(self, ask: FindAsk) -> Search | Failure:
        return self.searches.get(name_of(ask.urn), Search.TOKEN)

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        fault = self._failed("find", ask.urn)
        with self._lock:
            return fault or [
                Found(made, inputs, self.made_at.get(made))
                for made, inputs in self.made.items()
                if made.startswith(f"{name_of(ask.urn)}#")
            ]


class BlindProvider:
    """Makes things and cannot look at them."""

    def __init__(self, inner: SeeingProvider) -> None:
        self.check = inner.check
        self.diff = inner.diff
        self.create = inner.create
        self.update = inner.update
        self.delete = inner.delete


@dataclass(frozen=True)
class FakeProviders:
    """Satisfies `engine.ports.providers.Providers`; what is `gone` answers no more."""

    known: Mapping[ResourceType, Provider]
    gone: set[ResourceType]

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        if type_ in self.gone:
            return Failure("its provider is gone")
        return self.known.get(type_) or Failure(f"nobody knows {type_}")

    def close(self) -> None:
        """Nothing was started."""


class FaultyStore(MemoryStore):
    """A store whose commits fail from number `fails_at` of a run on, as a full disk would do it.

    After commit number `lost_after` of a run its lock is another's.
    """

    def __init__(self, clock: HandClock) -> None:
        super().__init__(computer=a_computer(clock=clock))
        self.fails_at = 0
        self.lost_after = 0
        self.on_lost: Callable[[], object] = lambda: None
        self.commits = 0
        self.error: Exception = StoreUnusable("the disk is full")

    def write(  # type: ignore[override]  # the port's type, not the memory store's own
        self, snapshot: Snapshot, started: UpdateStarted, holder: Holder
    ) -> Writing:
        self.commits = 0
        return FaultyWriting(self, super().write(snapshot, started, holder))

    def steal(self) -> None:
        """Give the lock of the stack to a run that saw no sign of life of this one."""
        self._stacks[STACK].lock = self._begin(STACK, a_start(), a_holder(host="login2"))
        self.on_lost()

    def free(self) -> None:
        """Let whoever holds the lock end."""
        self._stacks[STACK].lock = None

    def writer(self) -> Run:
        """Return the run that holds the lock."""
        run = self._stacks[STACK].lock
        assert run is not None
        return run


@dataclass(frozen=True)
class FaultyWriting:
    store: FaultyStore
    inner: Writing

    def commit(self, entries: Sequence[Entry]) -> None:
        self.store.commits += 1
        if self.store.fails_at and self.store.commits >= self.store.fails_at:
            raise self.store.error
        self.inner.commit(entries)
        if self.store.commits == self.store.lost_after:
            self.store.steal()

    def hold(self) -> None:
        self.inner.hold()

    def listen(self, ears: Ears) -> None:
        self.inner.listen(ears)

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        self.inner.settle_parameters(parameters)

    def close(self, ended: UpdateEnded) -> None:
        self.inner.close(ended)


class EventList:
    def __init__(self) -> None:
        self.told: list[Event] = []

    def tell(self, event: Event) -> None:
        self.told.append(event)


class World:
    """One project with a provider of things, one simulated site and one store."""

    def __init__(self, folder: Path, **options: object) -> None:
        self.folder = folder
        self.clock = JumpingClock()
        self.store = FaultyStore(self.clock)
        self.things = FakeProvider()
        self.gone: set[ResourceType] = set()
        self.origin = Origin()
        self.events = EventList()
        self.interrupts: list[Stop] = []
        options = {"poll_s": 60.0, "shortest_s": 10.0, "longest_s": 10.0, "slots": 1000, **options}
        site = Site(SIM, "simulated", folder, {"workdir": "work", **options})
        settings = Settings(folder, {SIM: site}, SIM, Limits())
        pool = {"CMX_POOL": str(folder / "pool.db")}
        computer = replace(a_computer(clock=self.clock), environment=pool)
        sites = OpenSites(settings, computer)
        simulated = sites.provider(SIM)
        assert isinstance(simulated, SimulatedProvider)
        self.site = simulated
        self.scheduler = simulated.scheduler
        self.jobs = Jobs(sites)
        self.metal = Metal(sites, computer)
        self.remote: Remote = Remotes(MetalRemote(self.metal), JobRemote(self.jobs))
        self.providers: Providers | None = None

    @property
    def parts(self) -> Parts:
        submission, completion = SubmissionHandler(), CompletionHandler()
        submission.jobs = completion.jobs = self.jobs
        own: dict[ResourceType, Provider] = {
            JOB_START_TYPE: HandlerCalls(submission),
            JOB_END_TYPE: HandlerCalls(completion),
            ResourceType(THING): self.things,
            ResourceType(GROUP): self.things,
            ResourceType(BLIND): BlindProvider(self.things),
            REACH_TYPE: HandlerCalls(ReachHandler()),
            **metal_handlers(self.metal),
        }
        return Parts(
            store=self.store,
            providers=self.providers or FakeProviders(own, self.gone),
            remote=self.remote,
            events=self.events,
            clock=self.clock,
            holder=a_holder(),
            origin=lambda: self.origin,
            interrupt=self._interrupt,
        )

    def _interrupt(self, how: Stop) -> None:
        """Press Ctrl-C in the main thread."""
        self.interrupts.append(how)
        self.clock.interrupt_when = lambda: True

    # --- what people do -----------------------------------------------------------------------

    def preview(
        self,
        program: Program,
        *,
        reruns: Mapping[Urn, Properties] | None = None,
        options: Mapping[str, str] | None = None,
        looks_first: bool = False,
    ) -> Plan:
        request = Request(STACK, options=options or {}, reruns=reruns or {}, refresh=looks_first)
        return EmbeddedEngine(self.parts).preview(program, request)

    def up(
        self,
        program: Program,
        *,
        plan: Plan | None = None,
        reruns: Mapping[Urn, Properties] | None = None,
        patience_s: float | None = None,
        looks_first: bool = False,
    ) -> RunOutcome:
        """Carry out a plan, else the one that a preview shows now."""
        request = Request(STACK, reruns=reruns or {}, patience_s=patience_s, refresh=looks_first)
        approved = (
            plan
            if plan is not None
            else self.preview(program, reruns=reruns, looks_first=looks_first)
        )
        return EmbeddedEngine(self.parts).up(program, request, approved)

    def destroy(self) -> RunOutcome:
        return destroy(plan_destroy(STACK, self.parts), self.parts)

    def refresh(self, plan: Plan | None = None) -> RunOutcome:
        approved = plan if plan is not None else plan_refresh(STACK, self.parts)
        return refresh(approved, self.parts)

    def plan_refresh_declared(self, program: Program) -> Plan:
        return plan_refresh_declared(program, Request(STACK), self.parts)

    def refresh_declared(self, program: Program, plan: Plan | None = None) -> RunOutcome:
        approved = plan if plan is not None else self.plan_refresh_declared(program)
        return refresh_declared(program, Request(STACK), approved, parts=self.parts)

    def plan_destroy_declared(self, program: Program) -> Plan:
        return plan_destroy_declared(program, Request(STACK), self.parts)

    def destroy_declared(self, program: Program, plan: Plan | None = None) -> RunOutcome:
        approved = plan if plan is not None else self.plan_destroy_declared(program)
        return destroy_declared(program, Request(STACK), approved, parts=self.parts)

    def status(self) -> tuple[JobSeen, ...]:
        return look(STACK, self.parts)

    # --- what is there ------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        return self.store.snapshot(STACK)

    def results(self) -> list[UpdateResult]:
        """Return how each run ended, for those that did."""
        entries = self.store.history(STACK)
        return [entry.ended.result for entry in entries if entry.ended is not None]

    def record(self, name: str) -> Record:
        (found,) = [one for one in self.snapshot().records if name_of(one.urn) == name]
        return found

    def there(self) -> list[str]:
        """Return the names of all recorded resources, the stack left out."""
        records = self.snapshot().records
        return sorted(name_of(record.urn) for record in records if not record.is_stack)

    def job_id(self, name: str) -> str:
        """Return the site's id of the job whose end is recorded under a name."""
        (found,) = [
            record
            for record in self.snapshot().live().values()
            if name_of(record.urn) == name and record.type == JOB_END_TYPE
        ]
        return found.id.partition(":")[2]

    def asked(self, call: str) -> list[tuple[str, ...]]:
        """Return the tokens of each call to the scheduler."""
        return [tokens for name, tokens in self.scheduler.calls if name == call]


def a_program(*script: object) -> ScriptedProgram:
    """Return a program of things, tuples of things (jobs) and errors."""
    flat: list[object] = []
    for item in script:
        flat.extend(item if isinstance(item, tuple) else (item,))
    return ScriptedProgram(*flat)  # type: ignore[arg-type]


def names(urns: Iterable[Urn]) -> list[str]:
    return [name_of(urn) for urn in urns]
