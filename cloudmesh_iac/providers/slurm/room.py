"""How many more jobs of a person does a cluster let in?"""

from collections.abc import Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.jobs import Start
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.submit_limits import Limit
from cloudmesh_iac.providers.slurm.words import state_of


@dataclass(frozen=True, slots=True)
class Room:
    """Room for so many more jobs, by this limit."""

    jobs: int
    limit: Limit


def room_for(
    starts: Sequence[Start],
    slurm: Slurm,
    *,
    account: str | None = None,
    younger_than_s: float = 0,
) -> Room | None:
    """Return how many more jobs the limits let in; None where no limit is known.

    Limits are those of the accounts and the qualities of service that the starts ask for; `account`
    is that of starts that name none. What others have of a limit for all of an account is not
    seen: the site then refuses what does not fit. The queue may be as old as `younger_than_s`.
    Errors: SiteUnreachable, SiteRefused.
    """
    accounts = frozenset(start.request.account or account or "" for start in starts)
    qualities = frozenset(start.request.qos or "" for start in starts)
    limit = slurm.submit_limit(accounts, qualities)
    if limit is None:
        return None
    queue = slurm.recent_jobs(younger_than_s=younger_than_s)
    live = (job for job in queue if not state_of(job.state).has_ended)
    used = sum(1 if job.tasks is None else len(job.tasks) for job in live)
    return Room(max(0, limit.most - used), limit)
