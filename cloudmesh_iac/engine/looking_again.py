"""Look again for what was made twice, at the end of this run and of one that comes later."""

from collections.abc import Mapping
from dataclasses import replace

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.twin_jobs import cancel_twin_jobs
from cloudmesh_iac.engine.twins import is_due, made_again, seek_twins
from cloudmesh_iac.engine.writing import Hands, Parts


def look_again(
    snapshot: Snapshot, *, declared: Mapping[Urn, Registration], hands: Hands, parts: Parts
) -> tuple[Record, ...]:
    """Cancel jobs that were started twice, and return the objects that have to go.

    `snapshot` is what is recorded now. After the last look that is needed nothing is looked for.
    """
    again = made_again(snapshot)
    if not again:
        return ()
    unseen = cancel_twin_jobs(again, snapshot, remote=hands.remote, events=parts.events)
    twins = seek_twins(
        [one for one in again if parts.remote.role(one.type) is Role.PLAIN],
        snapshot,
        declared=declared,
        providers=parts.providers,
        journal=hands.journal,
        events=parts.events,
    )
    now, unseen = parts.clock.now(), unseen | twins.unseen
    done = [one for one in again if is_due(one, now) and one.urn not in unseen]
    hands.journal.write([Saved(replace(one, made_again=None)) for one in done])
    return twins.found
