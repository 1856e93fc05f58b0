"""Call the hooks around the change of one resource, carried out or only planned."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from cloudmesh_iac.core.hooks import NO_HOOKS, Moment
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.conclusions import End
from cloudmesh_iac.engine.goals import goal_of
from cloudmesh_iac.engine.hooking import asked_after, asked_before, asked_of_delete
from cloudmesh_iac.engine.hooks import HookBook
from cloudmesh_iac.engine.run import Run

_BEFORE = {
    Action.CREATE: Moment.BEFORE_CREATE,
    Action.REPLACE: Moment.BEFORE_CREATE,
    Action.UPDATE: Moment.BEFORE_UPDATE,
}
_AFTER = {
    Action.CREATE: Moment.AFTER_CREATE,
    Action.REPLACE: Moment.AFTER_CREATE,
    Action.UPDATE: Moment.AFTER_UPDATE,
}


def call_before(
    hooks: HookBook, action: Action, goal: Record, *, old: Record | None
) -> Failure | None:
    """Return why the change must not happen; a replacement knows nothing of its old object."""
    if action not in _BEFORE:
        return None
    known = old if action is Action.UPDATE else None
    return hooks.before(goal, asked_before(_BEFORE[action], goal, known))


def call_after(hooks: HookBook, action: Action, made: Record, *, old: Record | None) -> None:
    if action in _AFTER:
        known = old if action is Action.UPDATE else None
        hooks.after(made, asked_after(_AFTER[action], made, known))


def call_for_planned_deletes(hooks: HookBook, going: Iterable[Record]) -> None:
    """Call the delete hooks that run in previews too, and find out which ones nobody knows."""
    for record in going:
        if record.pending_replacement:
            continue
        failure = hooks.before(record, asked_of_delete(Moment.BEFORE_DELETE, record))
        if failure is not None:
            hooks.note(record, failure)
        else:
            hooks.after(record, asked_of_delete(Moment.AFTER_DELETE, record))


def after_component(
    run: Run, hooks: HookBook, *, urn: Urn, outputs: Properties
) -> "partial[None] | None":
    """Return the call of what comes after a component, now that its outputs are there."""
    registration, concluded = run.declaration(urn), run.conclusion(urn)
    if registration is None or concluded is None or registration.options.hooks == NO_HOOKS:
        return None
    if registration.custom or concluded.end is not End.DONE:
        return None
    old, change = run.record(urn), concluded.change
    made = replace(goal_of(registration, change, old), outputs=outputs)
    return partial(call_after, hooks, change.action, made, old=old)
