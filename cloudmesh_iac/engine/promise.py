"""Is this change one that was approved?"""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.core.values import (
    Properties,
    Reference,
    Unknown,
    Value,
    is_same,
    without_secrets,
)
from cloudmesh_iac.errors import PlanBroken

_STRENGTH = {Action.SAME: 0, Action.READ: 0, Action.UNDECIDED: 0, Action.UPDATE: 1}
_STRENGTH |= {Action.CREATE: 2, Action.IMPORT: 2, Action.REPLACE: 2}
_STRENGTH |= {Action.FORGET: 3, Action.DELETE: 3}


def breach(
    change: Change,
    promised: Change | None,
    *,
    recorded: Properties | None = None,
    makes_way: frozenset[Urn] = frozenset(),
) -> str | None:
    """Return in words how a change goes beyond its line of the plan, or None when it does not.

    A weaker operation is always allowed. Inputs must be equal where they were known in the plan; a
    weaker operation may also leave them as they are `recorded`: what the program ignores, and what
    a provider chose, is only made anew with a new object. `makes_way` is all that the plan deletes
    first, for whichever replacement. Components cost nothing and are not held.
    """
    if not change.custom or _STRENGTH[change.action] == 0:
        return None
    if promised is None:
        return f"{change.action} was not in the plan"
    if _STRENGTH[change.action] > _STRENGTH[promised.action]:
        return f"{change.action} instead of {promised.action}"
    if change.action is Action.DELETE:
        return None
    is_weaker = _STRENGTH[change.action] < _STRENGTH[promised.action]
    if unseen := [urn for urn in change.dependents if urn not in makes_way]:
        return f"{name_of(unseen[0])} would be deleted first"
    return _difference(change, promised, recorded if is_weaker else None)


def _difference(change: Change, promised: Change, recorded: Properties | None) -> str | None:
    keys = [*promised.inputs, *(key for key in change.inputs if key not in promised.inputs)]
    for key in keys:
        planned, actual = promised.inputs.get(key), change.inputs.get(key)
        if recorded is not None:
            planned = _as_left(recorded.get(key), planned, actual)
        if not fits(planned, actual):
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
    if isinstance(planned, Reference) and isinstance(actual, Reference):
        return planned.urn == actual.urn and fits(planned.id, actual.id)
    return is_same(planned, actual)


def _as_left(recorded: Value, planned: Value, actual: Value) -> Value:
    """Return the planned value with those parts that are left as they are recorded."""
    recorded, planned, actual = map(without_secrets, (recorded, planned, actual))
    if is_same(recorded, actual):
        return actual
    if not (isinstance(recorded, Mapping) and isinstance(planned, Mapping)):
        return planned
    if not isinstance(actual, Mapping):
        return planned
    keys = planned.keys() | actual.keys()
    return {key: _as_left(recorded.get(key), planned.get(key), actual.get(key)) for key in keys}


class Promise:
    """A plan that a run is held to. `breaches` says in words what goes beyond it, by resource."""

    def __init__(self, plan: Plan) -> None:
        self._lines = plan.by_urn()
        self._makes_way = frozenset(urn for change in plan.changes for urn in change.dependents)
        self.breaches: dict[Urn, str] = {}

    def names(self, urn: Urn) -> bool:
        """Say whether the plan has a line for a resource, other than its end."""
        return urn in self._lines

    def hold(self, change: Change, recorded: Properties | None) -> str | None:
        """Return how a change goes beyond the plan, and keep it.

        What is only waited for again was approved before. `recorded` are the inputs that the
        resource has.
        """
        if change.is_resumed:
            return None
        promised = self._lines.get(change.urn)
        reason = breach(change, promised, recorded=recorded, makes_way=self._makes_way)
        if reason is not None:
            self.breaches[change.urn] = reason
        return reason

    def raise_broken(self, done: Sequence[Urn]) -> None:
        """Errors: PlanBroken that lists what was not as planned, and what had been done by then."""
        if not self.breaches:
            return
        lines = [f"{urn}: {reason}" for urn, reason in sorted(self.breaches.items())]
        lines.append(f"done before that: {', '.join(done) if done else 'nothing'}")
        raise PlanBroken(
            "stopped, because the program wants something that was not approved:\n"
            + "\n".join(lines),
            hint="run the command again to see the new plan",
        )


def kept_by(plan: Plan) -> frozenset[Urn]:
    """Return what must not make room: in the preview it was declared before anybody asked."""
    kept = {Action.SAME, Action.UPDATE}
    return frozenset(change.urn for change in plan.changes if change.action in kept)
