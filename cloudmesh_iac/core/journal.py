"""What the journal writes down: each change before it happens, and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from cloudmesh_iac.core.history import Changed, Origin
from cloudmesh_iac.core.jobs import Ticket
from cloudmesh_iac.core.records import Intent, Parameter, Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties


@dataclass(frozen=True, slots=True)
class Opened:
    """A side effect is about to happen; written and durable before it does."""

    intent: Intent


@dataclass(frozen=True, slots=True)
class Ticketed:
    """What was intended has been started and is waited for."""

    urn: Urn
    creation: int
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Saved:
    """An object is as the record says; closes the open intents of its urn and creation."""

    record: Record


@dataclass(frozen=True, slots=True)
class Removed:
    """An object is gone; closes its open intents."""

    urn: Urn
    creation: int


@dataclass(frozen=True, slots=True)
class Dropped:
    """An intent came to nothing: what was intended did not happen."""

    urn: Urn
    creation: int


@dataclass(frozen=True, slots=True)
class OutputsSet:
    """A component, or the stack, has new outputs."""

    urn: Urn
    outputs: Properties


@dataclass(frozen=True, slots=True)
class Counted:
    """The numbers up to this one are taken; `urn` is what a kind of thing is counted under."""

    urn: Urn
    number: int


Entry: TypeAlias = Opened | Ticketed | Saved | Removed | Dropped | OutputsSet | Counted


class UpdateKind(StrEnum):
    """The names of what a run does, as the history shows them."""

    UP = "up"
    WAIT = "wait"
    DESTROY = "destroy"
    STATUS = "status"
    REFRESH = "refresh"
    SETTLE = "settle"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class UpdateStarted:
    """The head of one run in the history.

    `plan_digest` is the digest of the plan that was approved, `fingerprint` that of all it was made
    from, but the state.
    """

    kind: UpdateKind
    at: datetime
    user: str
    host: str
    program: str
    program_digest: str
    plan_digest: str
    parameters: tuple[Parameter, ...]
    fingerprint: str = ""
    origin: Origin = field(default_factory=Origin)


class UpdateResult(StrEnum):
    DONE = "done"
    WAITING = "waiting"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class UpdateEnded:
    at: datetime
    result: UpdateResult
    counts: Mapping[str, int]
    duration_s: float = 0.0
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One run in the history: `ended` is None for one that did not end, or not yet.

    `number` counts the runs of its stack, `hash` binds the next one to it.
    """

    number: int
    started: UpdateStarted
    ended: UpdateEnded | None = None
    hash: str = ""
