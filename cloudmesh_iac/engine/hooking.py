"""What is a hook told, and what does it answer?"""

from collections.abc import Callable
from dataclasses import dataclass

from cloudmesh_iac.core.hooks import Moment
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import Properties


@dataclass(frozen=True, slots=True)
class HookAsk:
    """What is about to happen or has happened; None is what there is not at this moment."""

    moment: Moment
    urn: Urn
    type: ResourceType
    id: str
    new_inputs: Properties | None = None
    old_inputs: Properties | None = None
    new_outputs: Properties | None = None
    old_outputs: Properties | None = None


@dataclass(frozen=True, slots=True)
class FailureAsk:
    """What failed, and how each try did: the last one first. `op` is create, update or delete."""

    op: Op
    urn: Urn
    type: ResourceType
    id: str
    errors: tuple[str, ...]
    new_inputs: Properties | None = None
    old_inputs: Properties | None = None
    old_outputs: Properties | None = None


@dataclass(frozen=True, slots=True)
class ResourceHook:
    """A function of the program; `run` returns why it failed, and may take its time."""

    name: str
    run: Callable[[HookAsk], str | None]
    on_dry_run: bool = False
    ignore_errors: bool = False


@dataclass(frozen=True, slots=True)
class ErrorHook:
    """A function of the program that says whether a failed change is tried again."""

    name: str
    wants_retry: Callable[[FailureAsk], bool | Failure]


def asked_before(moment: Moment, goal: Record, old: Record | None) -> HookAsk:
    """Return what a hook is told before a create or an update."""
    return HookAsk(
        moment,
        goal.urn,
        goal.type,
        goal.id,
        new_inputs=goal.inputs,
        old_inputs=old.inputs if old is not None else None,
        old_outputs=old.outputs if old is not None else None,
    )


def asked_after(moment: Moment, made: Record, old: Record | None) -> HookAsk:
    """Return what a hook is told after a create or an update."""
    return HookAsk(
        moment,
        made.urn,
        made.type,
        made.id,
        new_inputs=made.inputs,
        old_inputs=old.inputs if old is not None else None,
        new_outputs=made.outputs,
        old_outputs=old.outputs if old is not None else None,
    )


def asked_of_delete(moment: Moment, record: Record) -> HookAsk:
    return HookAsk(
        moment,
        record.urn,
        record.type,
        record.id,
        old_inputs=record.inputs,
        old_outputs=record.outputs,
    )


def failed_change(
    op: Op, goal: Record, *, old: Record | None, errors: tuple[str, ...]
) -> FailureAsk:
    """Return what an error hook is told of a create (then there is no old record) or an update."""
    return FailureAsk(
        op,
        goal.urn,
        goal.type,
        goal.id,
        errors,
        new_inputs=goal.inputs,
        old_inputs=old.inputs if old is not None else None,
        old_outputs=old.outputs if old is not None else None,
    )


def failed_delete(record: Record, *, errors: tuple[str, ...]) -> FailureAsk:
    return FailureAsk(
        Op.DELETE,
        record.urn,
        record.type,
        record.id,
        errors,
        old_inputs=record.inputs,
        old_outputs=record.outputs,
    )
