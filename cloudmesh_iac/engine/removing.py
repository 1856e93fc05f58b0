"""Take records away, dependents first, several at a time where nothing stands between them."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial

from cloudmesh_iac.core.events import ChangeDone, ChangeFailed, ChangeSkipped, ChangeStarted
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import FailedChange, SkippedChange
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.applier import Applier
from cloudmesh_iac.engine.needs import sources_of
from cloudmesh_iac.engine.order import levels
from cloudmesh_iac.engine.ports.surroundings import Events


@dataclass(slots=True)
class Removal:
    """What came of a removal, in the order in which things went."""

    removed: list[Urn] = field(default_factory=list)
    failed: list[FailedChange] = field(default_factory=list)
    skipped: list[SkippedChange] = field(default_factory=list)


def remove(
    records: Sequence[Record], *, applier: Applier, pool: Executor, events: Events
) -> Removal:
    """Delete records level by level; what a failed one depends on stays, and is named."""
    removal = Removal()
    going: frozenset[Urn] = frozenset([record.urn for record in records])
    delete = partial(applier.delete, going=going)
    kept: dict[Urn, Urn] = {}  # what must stay, because of which failure
    for group in levels(records):
        ready = [record for record in group if record.urn not in kept]
        for record in group:
            if record.urn in kept:
                because = kept[record.urn]
                removal.skipped.append(SkippedChange(record.urn, because))
                events.tell(ChangeSkipped(record.urn, because))
                _keep_sources(record, because, kept)
        for record in ready:
            if record.custom:
                events.tell(ChangeStarted(record.urn, Action.DELETE))
        for record, failure in zip(ready, pool.map(delete, ready), strict=True):
            _note(record, failure, removal=removal, events=events)
            if failure is not None:
                _keep_sources(record, record.urn, kept)
    return removal


def _keep_sources(record: Record, because: Urn, kept: dict[Urn, Urn]) -> None:
    for urn in sources_of(record):
        kept.setdefault(urn, because)


def _note(record: Record, failure: Failure | None, *, removal: Removal, events: Events) -> None:
    if failure is None:
        if record.custom:
            removal.removed.append(record.urn)
            events.tell(ChangeDone(record.urn, Action.DELETE))
        return
    removal.failed.append(FailedChange(record.urn, failure.message, failure.hint))
    events.tell(ChangeFailed(record.urn, Action.DELETE, failure.message, failure.hint))
