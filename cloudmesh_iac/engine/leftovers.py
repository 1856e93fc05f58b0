"""What do the sites still have of a stack?"""

import threading
from collections.abc import Sequence

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Left
from cloudmesh_iac.core.records import Intent, Record, Snapshot, StackId
from cloudmesh_iac.engine.ports.providers import Remote, Role
from cloudmesh_iac.engine.ports.surroundings import Clock, Events
from cloudmesh_iac.engine.run import Run

_LONGEST_END_S = 30.0
_ASK_AGAIN_S = 0.5
_LEAVES_IT = {Action.SAME, Action.UPDATE, Action.IMPORT, Action.READ}


def sites_of(snapshot: Snapshot, remote: Remote) -> tuple[SiteName, ...]:
    """Return the sites where a stack may have started something, by name.

    What only waits has started nothing there.
    """
    goals: Sequence[Record] = [intent.goal for intent in snapshot.intents]
    return tuple(
        sorted(
            {
                remote.site(record.inputs)
                for record in (*snapshot.records, *goals)
                if record.custom and remote.role(record.type) is Role.STARTS
            }
        )
    )


def unwanted(run: Run, remote: Remote) -> tuple[Intent, ...]:
    """Return the open creates of an earlier run that the program of this one has no use for.

    Only those on sites: what an ordinary provider may have made has to be looked for.
    """
    return tuple(one for one in _unwanted(run) if remote.role(one.goal.type) is not Role.PLAIN)


def strays(run: Run, remote: Remote) -> tuple[Intent, ...]:
    """Return the same of ordinary providers: it has to be looked for, and deleted."""
    return tuple(one for one in _unwanted(run) if remote.role(one.goal.type) is Role.PLAIN)


def _unwanted(run: Run) -> tuple[Intent, ...]:
    concluded, declared, has_gaps = run.conclusions(), run.declared(), run.has_gaps()
    return tuple(
        intent
        for intent in run.open_intents()
        if intent.makes
        and (
            concluded[intent.urn].change.action in _LEAVES_IT
            if intent.urn in concluded
            else intent.urn not in declared and not (has_gaps and intent.goal.from_apply)
        )
    )


def on_sites(intents: Sequence[Intent], remote: Remote) -> tuple[Intent, ...]:
    """Return what was begun on sites, whose jobs are found again by their tokens."""
    return tuple(one for one in intents if remote.role(one.goal.type) is not Role.PLAIN)


def lost_creates(intents: Sequence[Intent], remote: Remote) -> tuple[Intent, ...]:
    """Return what ordinary providers may have made, though nobody saw the end of it."""
    return tuple(one for one in intents if one.makes and remote.role(one.goal.type) is Role.PLAIN)


def cancel_unrecorded(
    intents: Sequence[Intent], stack: StackId, *, remote: Remote, events: Events
) -> tuple[Intent, ...]:
    """Cancel jobs whose start got lost between the site's answer and our record.

    Returns the intents that are settled by that: not those of a site that does not answer.
    """
    by_site: dict[SiteName, list[Intent]] = {}
    settled: list[Intent] = []
    for intent in intents:
        if isinstance(intent.goal.inputs.get("token"), str):
            by_site.setdefault(remote.site(intent.goal.inputs), []).append(intent)
        else:
            settled.append(intent)
    for site, lost in by_site.items():
        failure = _cancel(site, lost, stack=stack, remote=remote)
        if failure is None:
            settled.extend(lost)
        else:
            events.tell(Noticed(f"{site}: {failure.message}"))
    return tuple(settled)


def _cancel(
    site: SiteName, lost: Sequence[Intent], *, stack: StackId, remote: Remote
) -> Failure | None:
    live = remote.live(site, stack)
    if isinstance(live, Failure):
        return live
    tokens = {intent.goal.inputs["token"] for intent in lost}
    ours = [job for job in live if job.token in tokens]
    return remote.cancel(site, ours) if ours else None


def wait_until_nothing_is_left(
    snapshot: Snapshot, *, remote: Remote, events: Events, clock: Clock
) -> tuple[tuple[SiteName, ...], tuple[Left, ...]]:
    """Ask again while what was cancelled is still ending, at most for half a minute.

    Returns the sites that answered, and what they still have.
    """
    give_up_s = clock.monotonic_s() + _LONGEST_END_S
    never = threading.Event()
    while True:
        answered, left = ask_what_is_left(snapshot, remote=remote, events=events)
        if not left or clock.monotonic_s() >= give_up_s:
            return answered, left
        clock.wait(never, _ASK_AGAIN_S)


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
        left.extend(Left(site, f"{job.name} ({job.shown_id}, {job.state})") for job in live)
    return tuple(answered), tuple(left)
