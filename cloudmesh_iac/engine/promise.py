"""Is this change one that was approved?"""

from collections.abc import Mapping

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.core.values import Unknown, Value, is_same, without_secrets

_STRENGTH = {Action.SAME: 0, Action.READ: 0, Action.UNDECIDED: 0, Action.UPDATE: 1}
_STRENGTH |= {Action.CREATE: 2, Action.IMPORT: 2, Action.REPLACE: 2}
_STRENGTH |= {Action.FORGET: 3, Action.DELETE: 3}


def breach(change: Change, promised: Change | None) -> str | None:
    """Return in words how a change goes beyond its line of the plan, or None when it does not.

    A weaker operation is always allowed. Inputs must be equal where they were known in the plan.
    Components cost nothing and are not held.
    """
    if not change.custom or _STRENGTH[change.action] == 0:
        return None
    if promised is None:
        return f"{change.action} was not in the plan"
    if _STRENGTH[change.action] > _STRENGTH[promised.action]:
        return f"{change.action} instead of {promised.action}"
    return None if change.action is Action.DELETE else _difference(change, promised)


def _difference(change: Change, promised: Change) -> str | None:
    if unseen := [urn for urn in change.dependents if urn not in promised.dependents]:
        return f"{name_of(unseen[0])} would be deleted first"
    keys = [*promised.inputs, *(key for key in change.inputs if key not in promised.inputs)]
    for key in keys:
        if not fits(promised.inputs.get(key), change.inputs.get(key)):
            return f"{key} is not what the plan showed"
    return None


def fits(planned: Value, actual: Value) -> bool:
    """Say whether a value is the planned one; an unknown in the plan accepts anything."""
    planned, actual = without_secrets(planned), without_secrets(actual)
    if isinstance(planned, Unknown):
        return True
    if isinstance(planned, tuple) and isinstance(actual, tuple):
        return len(planned) == len(actual) and all(map(fits, planned, actual))
    if isinstance(planned, Mapping) and isinstance(actual, Mapping):
        keys = planned.keys() | actual.keys()
        return all(fits(planned.get(key), actual.get(key)) for key in keys)
    return is_same(planned, actual)


def kept_by(plan: Plan) -> frozenset[Urn]:
    """Return what must not make room: in the preview it was declared before anybody asked."""
    kept = {Action.SAME, Action.UPDATE}
    return frozenset(change.urn for change in plan.changes if change.action in kept)
