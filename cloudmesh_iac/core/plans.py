"""The changes that one person approves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.outcomes import FailedChange
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.core.registrations import Source
from cloudmesh_iac.core.selection import EVERYTHING, Selection
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import Properties, Value


class Cause(StrEnum):
    """Why something changes."""

    NEW = "new"  # declared, not recorded
    DROPPED = "dropped"  # recorded, not declared any more
    FIELD = "field"  # an input differs
    DEPENDENCY = "dependency"  # what it depends on is replaced
    RERUN = "rerun"  # a person asked for it
    RESUMED = "resumed"  # it was started before and is waited for again
    FAILED = "failed"  # what it depends on failed; without a urn: its own last change
    DESTROY = "destroy"
    LEFT_OUT = "left out"  # a person chose other resources
    OUTSIDE = "outside"  # somebody else has changed it, or it has changed by itself
    LEFTOVER = "leftover"  # a replaced object that was not deleted yet
    UNSETTLED = "unsettled"  # an earlier run began to change it, and nobody saw the end of that


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause; `key`, `old` and `new` for a field, `urn` for another resource.

    `hides` are paths whose values the program does not want to see in a plan.
    """

    cause: Cause
    key: str = ""
    old: Value = None
    new: Value = None
    urn: Urn | None = None
    note: str = ""
    hides: tuple[str, ...] = ()


def hiding(reasons: Iterable[Reason], paths: tuple[str, ...]) -> tuple[Reason, ...]:
    """Return the reasons with what has to be hidden of the fields."""
    if not paths:
        return tuple(reasons)
    return tuple(
        replace(reason, hides=paths) if reason.cause is Cause.FIELD else reason
        for reason in reasons
    )


class DetailKind(StrEnum):
    """What is different at one place, with Pulumi's names."""

    ADD = "add"
    ADD_REPLACE = "add-replace"
    DELETE = "delete"
    DELETE_REPLACE = "delete-replace"
    UPDATE = "update"
    UPDATE_REPLACE = "update-replace"

    @property
    def is_replace(self) -> bool:
        return self.value.endswith("-replace")


@dataclass(frozen=True, slots=True)
class Detail:
    """One place that differs; a provider may say where without saying how, then both are None."""

    path: str
    kind: DetailKind
    old: Value = None
    new: Value = None

    def as_replace(self) -> "Detail":
        """Return it as a difference that needs a new object."""
        if self.kind.is_replace:
            return self
        return replace(self, kind=DetailKind(f"{self.kind}-replace"))


@dataclass(frozen=True, slots=True)
class Step:
    """One side effect of a change; `creation` tells the objects of one urn apart."""

    op: Op
    urn: Urn
    creation: int


@dataclass(frozen=True, slots=True)
class ExpectedStart:
    """When a site expects something new to begin, and when it said so. Both times are aware.

    It is a guess of that moment: it binds nobody, and is no part of a plan's digest.
    """

    at: datetime
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one resource.

    `certain` is False for a "may" line: unknown inputs, or a provider that could not be asked.
    `losses` says in words what is lost by it. `inputs` are the inputs that were approved (with
    unknowns); the applier compares them. `site` is where the change happens, if it has a place.
    `stables` are outputs that an update leaves as they are. `deletes_first` says that a replacement
    has no room beside the old object; `dependents` are then the users of the old object that have
    to go before it, under their recorded names and in this order. `keys` are the top-level inputs
    that differ, `replace_keys` those that need a new object, `details` the places inside them.
    `needs` are what it depends on, its parent and its provider left out. `interrupts` says that
    whoever uses it has to do without it for a while. `expected_start` is there for a new job whose
    site was asked.
    """

    urn: Urn
    type: ResourceType
    action: Action
    custom: bool = True
    parent: Urn | None = None
    certain: bool = True
    reasons: tuple[Reason, ...] = ()
    losses: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    source: Source | None = None
    dependents: tuple[Urn, ...] = ()
    inputs: Properties = field(default_factory=dict)
    site: str = ""
    stables: tuple[str, ...] = ()
    creation: int = 1
    deletes_first: bool = False
    starts: bool = False
    waits: bool = False
    keys: tuple[str, ...] = ()
    replace_keys: tuple[str, ...] = ()
    details: tuple[Detail, ...] = ()
    needs: tuple[Urn, ...] = ()
    interrupts: bool = False
    expected_start: ExpectedStart | None = None

    @property
    def is_resumed(self) -> bool:
        """It was started by an earlier run and is only waited for."""
        return any(reason.cause is Cause.RESUMED for reason in self.reasons)

    @property
    def is_import(self) -> bool:
        """What is there already is taken over."""
        return any(step.op in {Op.IMPORT, Op.IMPORT_REPLACEMENT} for step in self.steps)

    @property
    def updates(self) -> bool:
        """An object that is there is changed, maybe one that is only just imported."""
        return any(step.op is Op.UPDATE for step in self.steps)

    @property
    def needs_approval(self) -> bool:
        """A resumed wait and what earlier runs have left over were approved before."""
        before = {Cause.RESUMED, Cause.LEFTOVER}
        if self.action is Action.DELETE:
            before.add(Cause.UNSETTLED)
        return self.action.is_change and not any(reason.cause in before for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class NoRoom:
    """A site that does not let all new jobs of a plan in at once: only `room` of `jobs`.

    `limit` is what the site calls the limit; empty where it does not say.
    As an expected start it is a guess of one moment, and no part of a plan's digest.
    """

    site: str
    jobs: int
    room: int
    limit: str = ""


@dataclass(frozen=True, slots=True)
class RunAgain:
    """Finished work that would run once more; `node_hours` are None where nobody can tell."""

    urn: Urn
    node_hours: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes of one stack, bound to what they were made from.

    `changes` stand in the order of the tree: parents before children, brothers by line and name;
    deletions come last, in the order in which they will happen. `touches` says that records of
    unchanged resources get new dependencies, or the stack new outputs: worth a run, not a question.
    `seed_key` is the key that names and tokens were made with: a new stack takes it over.
    `fingerprint` is a digest of all that the plan was made from, but the state: program, settings,
    parameters, site, input files. `digest` is that of the plan as it was shown, for the history.
    `failed` are the failed jobs that the stack holds and nothing in
    the plan runs again. `drift` is what has changed outside, where the plan was made from a fresh
    look: a run records it, and nobody has to approve it. `unseen` are what nobody can look at.
    `left_out` is what a person did not choose: nobody has asked whether it would change.
    `again` is finished work that would run once more without anybody having asked for that.
    `no_room` are sites that take some of the new jobs only later.
    `warnings` are sentences of sites that were asked about it: it may well come to nothing there.
    """

    stack: StackId
    base_serial: int
    changes: tuple[Change, ...]
    program: str = ""
    program_digest: str = ""
    parameters: tuple[Parameter, ...] = ()
    old_parameters: tuple[Parameter, ...] = ()
    outputs: Properties = field(default_factory=dict)
    touches: bool = False
    seed_key: str = ""
    fingerprint: str = ""
    digest: str = ""
    failed: tuple[FailedChange, ...] = ()
    selection: Selection = EVERYTHING
    left_out: tuple[Urn, ...] = ()
    drift: tuple[Change, ...] = ()
    unseen: tuple[Urn, ...] = ()
    again: tuple[RunAgain, ...] = ()
    no_room: tuple[NoRoom, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def has_work(self) -> bool:
        """There is something to carry out, to write down or to wait for."""
        changes = (*self.drift, *self.changes)
        return self.touches or any(change.action.is_change for change in changes)

    @property
    def only_waits(self) -> bool:
        """All that a run could do is to wait for what earlier runs have started."""
        moving = [change for change in self.changes if change.action.is_change]
        is_quiet = not (self.touches or self.drift or self.has_changes)
        return is_quiet and bool(moving) and all(one.waits and one.is_resumed for one in moving)

    @property
    def has_changes(self) -> bool:
        return any(change.needs_approval for change in self.changes)

    def counts(self) -> Mapping[Action, int]:
        """Count the changes by action, stack and components left out."""
        return Counter(change.action for change in self.changes if change.custom)

    def by_urn(self) -> dict[Urn, Change]:
        """Return the line of each resource other than its end, and that of an old object of it."""
        ends = {Action.DELETE, Action.FORGET}
        return {change.urn: change for change in self.changes if change.action not in ends}
