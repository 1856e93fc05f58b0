"""Take what is there for what is wanted, by the word of a person."""

from collections.abc import Sequence

from cloudmesh_iac.core.journal import Saved, UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.engine.writing import Parts, writing_to


def keep_results(plan: Plan, records: Sequence[Record], parts: Parts) -> None:
    """Write records as they are wanted from now on, as a run of its own.

    Errors: PlanBroken when the stack has moved on since the plan; StackLocked; StoreUnusable.
    """
    snapshot = parts.begin(plan.stack, is_preview=False)
    with writing_to(snapshot, plan, kind=UpdateKind.SETTLE, parts=parts) as hands:
        hands.journal.write([Saved(record) for record in records])
        carried = tuple(Carried(record.urn, Action.SAME) for record in records)
        hands.ending.note(RunOutcome(plan.stack, UpdateKind.SETTLE, carried=carried))
