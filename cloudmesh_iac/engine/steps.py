"""Which side effects does an action consist of?"""

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Step
from cloudmesh_iac.core.urns import Urn


def steps_of(
    action: Action,
    urn: Urn,
    *,
    creation: int,
    old: int | None,
    deletes_first: bool,
    removal: Op = Op.DELETE_REPLACED,
    old_urn: Urn | None = None,
) -> tuple[Step, ...]:
    """Return the steps in order; `creation` is that of a new object, `old` that of the present one.

    A replacement without an old object is the rest of one that deleted first. `old_urn` is the name
    of the present object where the resource has got a new one.
    """
    match action:
        case Action.REPLACE:
            created = Step(Op.CREATE_REPLACEMENT, urn, creation)
            replaced = Step(Op.REPLACE, urn, creation)
            if old is None:
                return (replaced, created) if deletes_first else (created, replaced)
            deleted = Step(removal, old_urn or urn, old)
            if deletes_first:
                return (deleted, replaced, created)
            return (created, replaced, deleted)
        case Action.CREATE:
            return (Step(Op.CREATE, urn, creation),)
        case Action.UPDATE:
            assert old is not None
            return (Step(Op.UPDATE, urn, old),)
        case _:
            return ()
