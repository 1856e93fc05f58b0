"""Cancel jobs that were submitted twice: by a run that had lost its lock, and by the next one."""

from collections.abc import Iterable, Mapping, Sequence

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, LiveJob, SiteName
from cloudmesh_iac.core.records import Intent, Snapshot
from cloudmesh_iac.engine.ports import Events, Remote, Role


def cancel_twin_jobs(
    begun: Iterable[Intent], snapshot: Snapshot, *, remote: Remote, events: Events
) -> None:
    """Look at the sites where an earlier run began to start jobs that are recorded by now.

    A twin has the token of a recorded job and an id that is not recorded. It is named.
    """
    starts = [one for one in begun if one.makes and remote.role(one.goal.type) is Role.STARTS]
    for site in sorted({remote.site(one.goal.inputs) for one in starts}):
        live = remote.live(site, snapshot.stack)
        if isinstance(live, Failure):
            events.tell(Noticed(f"{site}: nobody could see what was started twice: {live.message}"))
            continue
        twins = _twins(live, _recorded(site, snapshot, remote))
        failure = remote.cancel(site, twins) if twins else None
        end = "is cancelled" if failure is None else f"could not be cancelled: {failure.message}"
        for job in twins:
            words = f"job {job.remote_id} was started by a run that had lost its lock; it {end}"
            events.tell(Noticed(f"{job.name}: {words}"))


def _twins(live: Sequence[LiveJob], recorded: Mapping[str, str]) -> list[LiveJob]:
    tokens = set(recorded.values())
    return [job for job in live if job.token in tokens and job.remote_id not in recorded]


def _recorded(site: SiteName, snapshot: Snapshot, remote: Remote) -> Mapping[str, str]:
    """Return the tokens of the jobs that are recorded of a site, by their ids."""
    recorded: dict[str, str] = {}
    for record in snapshot.live().values():
        ticket = record.outputs.get("ticket")
        is_start = record.custom and remote.role(record.type) is Role.STARTS
        if is_start and isinstance(ticket, Mapping) and ticket.get("site") == site:
            recorded[str(ticket.get("remote_id"))] = str(ticket.get("token"))
    return recorded
