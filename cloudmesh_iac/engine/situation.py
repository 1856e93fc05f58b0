"""What is known of one registration when it is decided: by the run so far, and by its provider."""

from dataclasses import dataclass, replace
from typing import assert_never

from cloudmesh_iac.core.naming import NamingRule
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.asks import Checked, Difference, Gone, Move, MoveAsk, Read
from cloudmesh_iac.engine.ports.providers import Role


@dataclass(frozen=True, slots=True)
class Situation:
    """What the run so far means for one registration.

    `record` is the live record, `intent` an open intent of this urn. `blocked_by` is a dependency
    that failed or was skipped, `replaced` are those dependencies that get a new object in this run.
    `creations` counts the objects that the urn has had, `seeds` are the hex seeds of the present
    object and of the next one. `is_forced` asks for a new object in any case.
    `condemned_by` is the resource for whose replacement this one's object goes first, because of
    `condemned_keys`. `former_urn`
    is the name under which the record stands, if the resource has got a new one.
    `is_orphan` says that nobody has declared its parent, `is_left_out`
    says that a person chose others, `missing` is something new that is left out and
    needed here, `is_asked_for` says that a person wants a new object.
    `move` asks what it means that another provider answers than before. `lost` is an update or a
    deletion of the object whose end nobody saw. `naming` is the rule for names that its provider
    makes up. `number` is that of the resource among its kind,
    for types that are numbered.
    """

    record: Record | None
    intent: Intent | None
    role: Role
    creations: int
    seeds: tuple[str, str]
    blocked_by: Urn | None = None
    replaced: frozenset[Urn] = frozenset()
    is_forced: bool = False
    condemned_by: Urn | None = None
    condemned_keys: tuple[str, ...] = ()
    former_urn: Urn | None = None
    is_orphan: bool = False
    is_left_out: bool = False
    missing: Urn | None = None
    is_asked_for: bool = False
    move: MoveAsk | None = None
    lost: Op | None = None
    naming: NamingRule | None = None
    number: int | None = None

    @property
    def is_unsettled(self) -> bool:
        """It may be there although no record knows it: a create broke off."""
        intent = self.intent
        return self.role is Role.PLAIN and intent is not None and intent.makes and not intent.ticket

    @property
    def next_creation(self) -> int:
        return next_creation(self.intent, self.creations)


def without_lost(record: Record | None, lost: Intent | None) -> Record | None:
    """Return the record as it is if what is lost came to its end: that can only do less."""
    if record is None or lost is None:
        return record
    match lost.op:
        case Op.DELETE:
            return None
        case Op.DELETE_REPLACED:
            return replace(record, pending_replacement=True)
        case _:
            return record


def next_creation(intent: Intent | None, creations: int) -> int:
    """A create that may have got lost is repeated under its own number: its token finds it."""
    if intent is not None and intent.makes:
        return intent.creation
    return creations + 1


@dataclass(frozen=True, slots=True)
class Answers:
    """The provider's answers so far; `rechecked` are the inputs of a replacement."""

    checked: Checked | None = None
    difference: Difference | None = None
    rechecked: Checked | None = None
    read: Read | Gone | None = None
    move: Move | None = None

    def with_answer(self, answer: Checked | Difference | Move | Read | Gone) -> "Answers":
        match answer:
            case Difference():
                return replace(self, difference=answer)
            case Move():
                return replace(self, move=answer)
            case Read() | Gone():
                return replace(self, read=answer)
            case Checked() if self.checked is None:
                return replace(self, checked=answer)
            case Checked():
                return replace(self, rechecked=answer)
            case _:
                assert_never(answer)
