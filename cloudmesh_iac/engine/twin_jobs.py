"""Cancel jobs that were submitted twice: by a run that had lost its lock, and by the next one."""

from collections.abc import Iterable, Mapping, Sequence

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, LiveJob, SiteName, index_in, shown_id
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.engine.ports.providers import Remote, Role
from cloudmesh_iac.engine.ports.surroundings import Events


def cancel_twin_jobs(
    records: Iterable[Record], snapshot: Snapshot, *, remote: Remote, events: Events
) -> frozenset[Urn]:
    """Look at the sites of jobs that were started in place of a start that got lost.

    A twin has the token of a recorded job and an id that is not recorded. It is named. Returns
    those at whose site nobody could look.
    """
    unseen: set[Urn] = set()
    by_site: dict[SiteName, set[Urn]] = {}
    for one in records:
        if remote.role(one.type) is Role.STARTS:
            by_site.setdefault(remote.site(one.inputs), set()).add(one.urn)
    for site, urns in sorted(by_site.items()):
        live = remote.live(site, snapshot.stack)
        if isinstance(live, Failure):
            unseen |= urns
            events.tell(Noticed(f"{site}: nobody could see what was started twice: {live.message}"))
            continue
        twins = _twins(live, _recorded(site, snapshot, remote))
        failure = remote.cancel(site, twins) if twins else None
        unseen |= urns if failure is not None else set()
        end = "is cancelled" if failure is None else f"could not be cancelled: {failure.message}"
        for job in twins:
            words = f"job {job.shown_id} was started by a run that had lost its lock; it {end}"
            events.tell(Noticed(f"{job.name}: {words}"))
    return frozenset(unseen)


def _twins(live: Sequence[LiveJob], recorded: Mapping[str, str]) -> list[LiveJob]:
    tokens = set(recorded.values())
    return [job for job in live if job.token in tokens and job.shown_id not in recorded]


def _recorded(site: SiteName, snapshot: Snapshot, remote: Remote) -> Mapping[str, str]:
    """Return the tokens of the jobs that are recorded of a site, by their ids."""
    recorded: dict[str, str] = {}
    for record in snapshot.live().values():
        ticket = record.outputs.get("ticket")
        is_start = record.custom and remote.role(record.type) is Role.STARTS
        if is_start and isinstance(ticket, Mapping) and ticket.get("site") == site:
            id_ = shown_id(str(ticket.get("remote_id")), index_in(ticket))
            # A job that was submitted again, with other limits, has got another id.
            for one in (id_, str(record.outputs.get("job_id"))):
                recorded[one] = str(ticket.get("token"))
    return recorded
