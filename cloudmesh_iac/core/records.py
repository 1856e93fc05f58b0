"""What is known to exist: records of remote objects, and all records of one stack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cloudmesh_iac.core.jobs import JobState, Ticket
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.registrations import Options, Source
from cloudmesh_iac.core.urns import JOB_END_TYPE, STACK_TYPE, ResourceType, Urn
from cloudmesh_iac.core.values import Properties


@dataclass(frozen=True, slots=True)
class StackId:
    project: str
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Record:
    """One remote object as last seen.

    `creation` counts the objects that this urn has had. `doomed` marks a replaced object that still
    has to be deleted. `failed` says that the object is a result with a bad end (a failed job): it
    stays, and what uses its outputs is skipped. `pending_replacement` says that the object is
    deleted and its successor not made yet; `init_errors` say why an object that is there is not
    ready. `order` is the place in the stack's history: what a record depends on may have come
    later. `options` are those it was last declared with; the engine obeys them when the
    program says nothing any more. `external` marks what was only read and is not ours to change.
    `former` are the names that it had before: other records may still know it by them. `made_again`
    is when it was made in place of a create that nobody saw the end of: what that has made may
    come late, so it is looked for again.
    """

    urn: Urn
    type: ResourceType
    custom: bool
    id: str
    inputs: Properties
    outputs: Properties
    parent: Urn | None = None
    dependencies: tuple[Urn, ...] = ()
    property_dependencies: Mapping[str, tuple[Urn, ...]] = field(default_factory=dict)
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    options: Options = field(default_factory=Options)
    creation: int = 1
    doomed: bool = False
    failed: bool = False
    pending_replacement: bool = False
    init_errors: tuple[str, ...] = ()
    external: bool = False
    from_apply: bool = False
    former: tuple[Urn, ...] = ()
    source: Source | None = None
    order: int = 0
    created: datetime | None = None
    modified: datetime | None = None
    made_again: datetime | None = None

    @property
    def is_stack(self) -> bool:
        return self.type == STACK_TYPE

    @property
    def is_counted(self) -> bool:
        """Say whether it is a resource to people: a job is one, and has two records."""
        return self.custom and not self.doomed and self.type != JOB_END_TYPE

    @property
    def job_state(self) -> JobState | None:
        """Return the state of the job that this record stands for, if it stands for one."""
        state = self.outputs.get("state")
        return JobState(state) if isinstance(state, str) and state in list(JobState) else None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that the program asked for by name.

    `value` and `default` are the text forms; `origin` says where the value came from:
    `option`, `configuration` or `default`.
    """

    name: str
    value: str
    default: str
    kind: str
    origin: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A side effect that is about to happen or whose end is not known yet.

    `goal` is the record as it will be, without id and outputs; `ticket` stands there once something
    remote has been started and is waited for. `number` and `begun` are given by the store.
    """

    urn: Urn
    op: Op
    creation: int
    goal: Record
    ticket: Ticket | None = None
    number: int = 0
    begun: datetime | None = None

    @property
    def makes(self) -> bool:
        """It makes an object that was not there before."""
        return self.op in {Op.CREATE, Op.CREATE_REPLACEMENT}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All records of a stack, in the order of their creation.

    `serial` grows with each committed group of changes. `seed_key` is the stack's random key for
    tokens and names; it is no secret. `creations` counts the objects that each urn ever had, also
    of urns without a record, so that a token never comes again. `is_sealed` says that some secrets
    could not be read here: they are unknown, and nothing can be written.
    """

    stack: StackId
    serial: int = 0
    records: tuple[Record, ...] = ()
    intents: tuple[Intent, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    creations: Mapping[Urn, int] = field(default_factory=dict)
    seed_key: str = ""
    program: str = ""
    program_digest: str = ""
    is_sealed: bool = False

    def live(self) -> dict[Urn, Record]:
        return {record.urn: record for record in self.records if not record.doomed}

    def doomed(self) -> Iterator[Record]:
        return (record for record in self.records if record.doomed)

    def open_waits(self) -> dict[Urn, Intent]:
        """Return the creates that were let go while they waited for something remote."""
        return {intent.urn: intent for intent in self.intents if intent.ticket is not None}


@dataclass(frozen=True, slots=True)
class StackSummary:
    """A stack in a list; `waiting` counts what was let go while it waited.

    `records` counts resources as people do: a job once, and nothing that is still to be deleted.
    """

    stack: StackId
    records: int
    waiting: int
    changed_at: datetime | None
    program: str
