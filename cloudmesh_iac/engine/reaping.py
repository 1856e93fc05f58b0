"""End leases that are over: which ones, and their release."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import Lease
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.releasing import release


def due(leases: Iterable[Lease], now: datetime) -> Sequence[Lease]:
    """Return the leases that are over, and those whose release began and did not end."""
    return [one for one in leases if one.is_over(now) or one.is_ending]


def reap(lease: Lease, keeper: Keeper) -> Sequence[Failure] | None:
    """Release a lease that is due; return why machines of it are still held.

    None when somebody has extended it meanwhile: it is left alone.
    """
    if not lease.is_ending:
        ended = keeper.pool.end(lease.id, now=keeper.clock.now(), if_over=True)
        if ended is None and keeper.pool.find(lease.id) is not None:
            return None
    return release(lease.id, keeper)
