"""Make room for a replacement that has none beside the old object."""

from dataclasses import replace
from typing import Protocol

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.run import Run


class MakesWay(Protocol):
    """What we need of the applier."""

    def make_way(self, record: Record, going: frozenset[Urn] = frozenset()) -> Failure | None: ...


def make_room(change: Change, record: Record, *, run: Run, applier: MakesWay) -> Record | Failure:
    """Delete the old object of a change, after its users that have to go; return its record now.

    All of them keep their records: nothing is forgotten if the run ends here.
    """
    failure = _clear(change, run=run, applier=applier) or _wait_for_others(change.urn, run)
    if failure is None and not record.pending_replacement:
        failure = applier.make_way(record)
    return failure or replace(record, pending_replacement=True)


def _clear(change: Change, *, run: Run, applier: MakesWay) -> Failure | None:
    live = run.recorded
    going = frozenset(change.dependents)
    for urn in change.dependents:
        if not live[urn].pending_replacement:
            failure = applier.make_way(live[urn], going)
            if failure is not None:
                words = f"{name_of(urn)}, which has to go first: {failure.message}"
                return replace(failure, message=words)
        run.condemned.note_gone(urn)
    return None


def _wait_for_others(urn: Urn, run: Run) -> Failure | None:
    """Wait for users that go to make room for something else."""
    for user in run.users().near_and_far(run.old_name(urn) or urn):
        if run.condemned.is_claimed_by_another(user.urn, urn):
            run.condemned.wait(user.urn)
            if run.condemned.root_of(user.urn) is None:
                return Failure(f"{name_of(user.urn)} still stands on it")
    return None
