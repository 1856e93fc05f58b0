"""What the engine needs from outside, and the one door through which a program comes in."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeAlias, runtime_checkable

from cloudmesh_iac.core.chain import Chain
from cloudmesh_iac.core.events import Event
from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.journal import Entry, HistoryEntry, UpdateEnded, UpdateStarted
from cloudmesh_iac.core.locks import Held, Holder, StopRequest
from cloudmesh_iac.core.records import Parameter, Snapshot, StackId, StackSummary
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import Properties, Unknown
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    Gone,
    InvokeAsk,
    Invoked,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.component_asks import CallAsk, Called
from cloudmesh_iac.engine.hooking import ErrorHook, ResourceHook
from cloudmesh_iac.errors import CmxError, StackLocked


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        ...

    def monotonic_s(self) -> float: ...

    def asleep_or_awake_s(self) -> float:
        """Return seconds that go on while the computer sleeps."""
        ...

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait until the event is set, at most so long; say whether it is set."""
        ...


class Events(Protocol):
    def tell(self, event: Event) -> None:
        """Take an event from any thread; never blocks and never fails."""
        ...


# --- providers ------------------------------------------------------------------------------------


class Role(StrEnum):
    """How the creates of a type are carried out."""

    PLAIN = "plain"  # a create returns when the object is there
    STARTS = "starts"  # creates of one site are gathered, started together, then confirmed
    WAITS = "waits"  # a create ends when something remote has ended; no worker stands by


class Provider(Protocol):
    """Blocking, one frozen request each; errors come back as values."""

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure: ...

    def diff(self, ask: DiffAsk) -> Difference | Failure: ...

    def create(self, ask: CreateAsk) -> Created | Failure: ...

    def update(self, ask: UpdateAsk) -> Updated | Failure: ...

    def delete(self, ask: DeleteAsk) -> Deleted | Failure: ...


@runtime_checkable
class Reads(Protocol):
    """A provider that can look at an object."""

    def read(self, ask: ReadAsk) -> Read | Gone | Failure: ...


class Remote(Protocol):
    """The resource types whose creates start or await something on a site."""

    def role(self, type_: ResourceType) -> Role: ...

    def is_attended(self, type_: ResourceType) -> bool:
        """Say whether what a create waits for goes on only as long as somebody asks."""
        ...

    def site(self, inputs: Properties) -> SiteName: ...

    def problem(self, site: SiteName) -> Failure | None:
        """Return why nothing could be started on a site now."""
        ...

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        """Start creates of one site together; as many answers, in the same order."""
        ...

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        """Release what was started held, now that its ids are durable. Idempotent."""
        ...

    def ticket(self, ask: CreateAsk) -> Ticket | Failure: ...

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]: ...

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        """Start the next attempt of what is due; return why one could not be started now."""
        ...

    def poll_after_s(self, site: SiteName, polls: int) -> float: ...

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        """Fetch what the ended thing left behind and return the object that stands for it."""
        ...

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        """Ask a site for everything of a stack that is still queued or running there."""
        ...

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        """Stop things that a site has and no record knows."""
        ...


@runtime_checkable
class Invokes(Protocol):
    """A provider that has functions."""

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure: ...


@runtime_checkable
class HasFunctions(Protocol):
    """Providers among which some have functions."""

    def functions(self, ask: InvokeAsk) -> Invokes | Failure:
        """Return who answers for a function, or why there is nobody."""
        ...


class Providers(Protocol):
    """Find who answers for a resource."""

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        """Return the provider, or why there is none.

        `reference` names the provider resource that is to answer; empty for types without one.
        """
        ...

    def close(self) -> None:
        """Stop every process that was started for providers."""
        ...


# --- state ----------------------------------------------------------------------------------------


class Ears(Protocol):
    """Who hears what comes to a run from outside; called from a thread of its store."""

    def stop(self, request: StopRequest) -> None:
        """Somebody asks the run to stop. A request comes once."""
        ...

    def lost(self, error: StackLocked) -> None:
        """The lock was taken over. This may come again and again."""
        ...


class Writing(Protocol):
    """The right to write one stack, until it is closed. Calls may come from several threads."""

    def commit(self, entries: Sequence[Entry]) -> None:
        """Write entries in one transaction; durable when it returns.

        Errors: StoreUnusable (disk full, file gone), StackLocked (the lock was taken over).
        """
        ...

    def hold(self) -> None:
        """Return when enough of the lock is left to begin a side effect.

        Errors: StackLocked (the lock was taken over); StoreUnusable.
        """
        ...

    def listen(self, ears: Ears) -> None:
        """Say to whom it is told that the run should stop, or that its lock is lost."""
        ...

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        """Remember the parameters that the last evaluation used."""
        ...

    def close(self, ended: UpdateEnded) -> None:
        """Write the end of the run into the history and give the lock back. Idempotent."""
        ...


class Store(Protocol):
    def snapshot(self, stack: StackId) -> Snapshot:
        """Return the records of a stack; an empty snapshot (with a seed key) for a new one."""
        ...

    def stacks(self, project: str | None = None) -> Sequence[StackSummary]: ...

    def history(self, stack: StackId, *, newest: int | None = None) -> Sequence[HistoryEntry]:
        """Return the runs of a stack, the oldest first; only so many of the newest, if said."""
        ...

    def chain(self, stack: StackId) -> Chain:
        """Return the history as it is stored, for who wants to see whether it is whole."""
        ...

    def program_copy(self, stack: StackId, digest: str) -> Mapping[str, str] | None:
        """Return a copy of a program, text by path; empty for one that is not kept.

        None for one that is encrypted, where its passphrase is not at hand.
        """
        ...

    def lock(self, stack: StackId) -> Held | None:
        """Return the lock that a run has on a stack; None when it is free, or its holder gone.

        A holder is gone when its process is known to have ended, or when this store has seen no
        sign of its life, look after look, for as long as a lease lasts.
        """
        ...

    def write(self, snapshot: Snapshot, started: UpdateStarted, holder: Holder) -> Writing:
        """Take the stack's lock and open a run in the history.

        `snapshot` is what the run was planned from: its seed key becomes the stack's at the first
        write. Errors: PlanBroken when the stack's serial has moved on since the snapshot;
        StackLocked, naming the living holder; StoreUnusable.
        """
        ...

    def ask_to_stop(self, stack: StackId, request: StopRequest) -> Held | None:
        """Ask the run that writes a stack to stop, and return whom; None when there is none."""
        ...

    def remove_stack(self, stack: StackId) -> None:
        """Forget an empty stack. Errors: UsageProblem when it still has records."""
        ...

    def close(self) -> None: ...


# --- the program ----------------------------------------------------------------------------------


Existence: TypeAlias = bool | Unknown
"""Whether something exists; unknown when its id is not known yet."""


class Registrar(Protocol):
    """The inward port: what a running program asks of the engine.

    Called from the program's reader, and from the thread that has looked at its files.
    """

    def register(self, registration: Registration) -> Future[Registered]: ...

    def exists(self, sought: Sought) -> Future[Existence]:
        """Say whether something exists. Errors, in the future: ExperimentError."""
        ...

    def invoke(self, ask: InvokeAsk) -> Future[Invoked | Refusal | Failure]:
        """Call a function of a package."""
        ...

    def call(self, ask: CallAsk) -> Future[Called | Refusal | Failure]:
        """Call a method of something that a plugin serves."""
        ...

    def set_outputs(self, urn: Urn, outputs: Properties) -> None: ...

    def add_hook(self, hook: ResourceHook | ErrorHook) -> None:
        """Take a function that is called around changes.

        A program with hooks stays alive after `finish`, until it is stopped.
        Errors: ExperimentError for a name that is taken.
        """
        ...

    def grew_quiet(self) -> None:
        """The program can do nothing more until one of its registrations is answered."""
        ...

    def finish(self, error: CmxError | None) -> None:
        """The program has ended; nothing more will be asked."""
        ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One run of a program. `options` are the parameters given as text on the command line."""

    stack: StackId
    is_preview: bool
    options: Mapping[str, str] = field(default_factory=dict)


class RunningProgram(Protocol):
    def is_quiet(self) -> bool:
        """Say whether the program has every answer there is and still can do nothing more."""
        ...

    def stop(self) -> None:
        """End the child now; returns when it is gone. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What the program asked for by name, whether it exists or not: configuration keys."""

    keys: frozenset[str]


class Program(Protocol):
    @property
    def path(self) -> str:
        """The program's file, relative to its project."""
        ...

    @property
    def digest(self) -> str:
        """A digest of the program's own files."""
        ...

    def start(self, evaluation: Evaluation, registrar: Registrar) -> RunningProgram:
        """Begin an evaluation; the registrar is called from another thread until `finish`."""
        ...

    def asked(self) -> Asked:
        """What the last evaluation asked for."""
        ...
