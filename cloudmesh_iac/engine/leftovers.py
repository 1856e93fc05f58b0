"""What do the sites still have of a stack?"""

from collections.abc import Sequence

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.outcomes import Left
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.engine.ports import Events, Remote, Role


def sites_of(snapshot: Snapshot, remote: Remote) -> tuple[SiteName, ...]:
    """Return the sites where a stack may have something, by name."""
    goals: Sequence[Record] = [intent.goal for intent in snapshot.intents]
    return tuple(
        sorted(
            {
                remote.site(record.inputs)
                for record in (*snapshot.records, *goals)
                if record.custom and remote.role(record.type) is not Role.PLAIN
            }
        )
    )


def cancel_unrecorded(snapshot: Snapshot, *, remote: Remote, events: Events) -> None:
    """Cancel jobs whose start got lost between the site's answer and our record."""
    tokens = {
        token
        for intent in snapshot.intents
        if isinstance(token := intent.goal.inputs.get("token"), str)
    }
    if not tokens:
        return
    for site in sites_of(snapshot, remote):
        live = remote.live(site, snapshot.stack)
        if isinstance(live, Failure):
            events.tell(Noticed(f"{site}: {live.message}"))
            continue
        ours = [job for job in live if job.token in tokens]
        failure = remote.cancel(site, ours) if ours else None
        if failure is not None:
            events.tell(Noticed(f"{site}: {failure.message}"))


def ask_what_is_left(
    snapshot: Snapshot, *, remote: Remote, events: Events
) -> tuple[tuple[SiteName, ...], tuple[Left, ...]]:
    """Return the sites that answered, and everything of the stack that they still have."""
    answered: list[SiteName] = []
    left: list[Left] = []
    for site in sites_of(snapshot, remote):
        live = remote.live(site, snapshot.stack)
        if isinstance(live, Failure):
            events.tell(Noticed(f"{site}: {live.message}"))
            continue
        answered.append(site)
        left.extend(Left(site, f"{job.name} ({job.remote_id}, {job.state})") for job in live)
    return tuple(answered), tuple(left)
