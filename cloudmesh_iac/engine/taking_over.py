"""Record what broken off creates have made, where nothing is to be made or deleted."""

from collections.abc import Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, FailedChange
from cloudmesh_iac.core.records import Intent, StackId
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.engine.recovery import unseen
from cloudmesh_iac.engine.seeking import Seeker
from cloudmesh_iac.engine.writing import Hands, Parts


@dataclass(frozen=True, slots=True)
class TakenOver:
    carried: tuple[Carried, ...] = ()
    failed: tuple[FailedChange, ...] = ()


def take_over(
    intents: Sequence[Intent], stack: StackId, *, hands: Hands, parts: Parts
) -> TakenOver:
    """Look for each lost create, and record what there is; what there is not stays open."""
    if not intents:
        return TakenOver()
    snapshot = parts.store.snapshot(stack)
    live, seeker = snapshot.live(), Seeker(snapshot.records, parts.providers)
    carried: list[Carried] = []
    failed: list[FailedChange] = []
    for intent in intents:
        found = seeker.seek(intent)
        if isinstance(found, Failure):
            failed.append(FailedChange(intent.urn, found.message, found.hint))
        elif found is not None:
            hands.applier.take_over(found, live.get(intent.urn))
            carried.append(Carried(intent.urn, Action.IMPORT))
            words = f"{unseen(intent.op)}; found and taken over as {found.id}"
            parts.events.tell(Noticed(f"{name_of(intent.urn)}: {words}"))
    return TakenOver(tuple(carried), tuple(failed))
