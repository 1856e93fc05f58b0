"""How many more jobs of a person does a cluster let in?"""

from collections.abc import Sequence

from cloudmesh_iac.core.jobs import Start
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.words import state_of


def room_for(starts: Sequence[Start], slurm: Slurm, *, younger_than_s: float = 0) -> int | None:
    """Return how many more jobs the limits let in; None where no limit is known.

    Limits are those of the person's accounts, and of the qualities of service that the starts ask
    for. The queue may be as old as `younger_than_s`. Errors: SiteUnreachable, SiteRefused.
    """
    most = slurm.most_jobs(frozenset(start.request.qos or "" for start in starts))
    if most is None:
        return None
    queue = slurm.recent_jobs(younger_than_s=younger_than_s)
    live = (job for job in queue if not state_of(job.state).has_ended)
    return max(0, most - sum(1 if job.tasks is None else len(job.tasks) for job in live))
