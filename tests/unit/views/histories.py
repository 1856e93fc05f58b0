"""A history for the views: updates that ended in every way."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from cloudmesh_iac.core.history import Changed, ChangeEnd, Origin
from cloudmesh_iac.core.journal import HistoryEntry, UpdateEnded, UpdateKind, UpdateResult
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.words import COMPLETION, SUBMISSION
from tests.builders import NOON, a_parameter, a_start, a_urn

_PARAMETERS = (
    replace(a_parameter("repeats", "5", origin="option"), default="3"),
    a_parameter("cores", "4"),
)


def a_job(name: str) -> tuple[Urn, Urn]:
    return a_urn(name, type_=SUBMISSION), a_urn(name, type_=COMPLETION)


def an_entry(
    number: int,
    result: UpdateResult | None,
    *changes: Changed,
    kind: UpdateKind = UpdateKind.UP,
    origin: Origin | None = None,
) -> HistoryEntry:
    began = NOON + timedelta(hours=number)
    started = replace(
        a_start(kind, parameters=_PARAMETERS),
        at=began,
        origin=origin or Origin("c9d5fcfa32b7f231ff38"),
    )
    ended = None
    if result is not None:
        end = began + timedelta(seconds=65)
        ended = UpdateEnded(end, result, {}, duration_s=64.5, changes=changes)
    return HistoryEntry(number, started, ended, f"{number:064x}")


def some_entries() -> Sequence[HistoryEntry]:
    start, end = a_job("pi/n=1")
    other, other_end = a_job("pi/n=2")
    counted = an_entry(1, UpdateResult.DONE, origin=Origin())
    assert counted.ended is not None
    old = replace(counted, ended=replace(counted.ended, counts={"create": 1200, "same": 3}))
    return (
        old,
        an_entry(2, None, origin=Origin(copy="d1")),
        an_entry(
            3,
            UpdateResult.WAITING,
            Changed(start, Action.CREATE),
            Changed(end, Action.CREATE, ChangeEnd.WAITING),
            origin=Origin("c9d5fcfa32b7f231ff38", is_dirty=True, copy="d1"),
        ),
        an_entry(
            4,
            UpdateResult.FAILED,
            Changed(start, Action.REPLACE),
            Changed(end, Action.REPLACE),
            Changed(other, Action.CREATE),
            Changed(other_end, Action.CREATE, ChangeEnd.FAILED),
            Changed(a_urn("head"), Action.UPDATE),
            Changed(a_urn("disk"), Action.CREATE, ChangeEnd.SKIPPED),
        ),
        an_entry(5, UpdateResult.INTERRUPTED, kind=UpdateKind.REFRESH),
        an_entry(
            6, UpdateResult.DONE, Changed(a_urn("head"), Action.DELETE), kind=UpdateKind.DESTROY
        ),
        an_entry(7, None),
    )
