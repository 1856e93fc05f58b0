"""For which jobs does a new one wait, in the words of sbatch?

Slurm takes a job that it does not know for one that has ended well. So a job that has left its
queue is looked up first: one that ended well is not waited for any more, and behind one that ended
badly nothing is submitted.
"""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.jobs import After, Done, Failure, Ticket, Waiting
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.following import followed, its
from cloudmesh_iac.providers.slurm.looks import Looks
from cloudmesh_iac.providers.slurm.places import by_place
from cloudmesh_iac.providers.slurm.words import state_of


def find_order(
    waits: Mapping[str, Sequence[After]], slurm: Slurm, looks: Looks
) -> Mapping[str, str | Failure]:
    """Return by token what a job waits for: `afterok:7:8_3,afterany:9`, or why it cannot."""
    if not waits:
        return {}
    tickets = list(dict.fromkeys(one.ticket for after in waits.values() for one in after))
    try:
        queue = by_place(slurm.jobs())
    except CmxError as error:
        return dict.fromkeys(waits, Failure.of(error))
    live: dict[Ticket, str] = {}
    for ticket in tickets:
        current = followed(ticket, queue)
        job = its(current, queue)
        if job is not None and not state_of(job.state).has_ended:
            live[ticket] = current.shown_id
    ends = looks.poll([ticket for ticket in tickets if ticket not in live])
    return {token: _order(after, live, ends) for token, after in waits.items()}


def _order(
    after: Sequence[After],
    live: Mapping[Ticket, str],
    ends: Mapping[Ticket, Waiting | Done | Failure],
) -> str | Failure:
    ids: dict[str, list[str]] = {}
    for one in after:
        if one.ticket in live:
            kind = "afterany" if one.any_end else "afterok"
            ids.setdefault(kind, []).append(live[one.ticket])
            continue
        failure = _problem(one, ends[one.ticket])
        if failure is not None:
            return failure
    return ",".join(f"{kind}:{':'.join(dict.fromkeys(named))}" for kind, named in ids.items())


def _problem(one: After, end: Waiting | Done | Failure) -> Failure | None:
    """Say why nothing may be submitted behind a job that the queue does not have."""
    words = f"it waits for job {one.ticket.shown_id}"
    if isinstance(end, Failure):
        return Failure(f"{words}, of which nobody knows how it stands: {end.message}", end.hint)
    if isinstance(end, Waiting) and end.is_due:
        hint = "`cmx wait` and the next `cmx up` start that, and this one behind it"
        return Failure(f"{words}, whose next attempt is due", hint, is_later=True)
    if isinstance(end, Waiting):
        return Failure(f"{words}, of which nobody knows how it stands now: {end.reason}")
    if end.state.is_good or one.any_end:
        return None
    return Failure(
        f"{words}, which ended {end.state}",
        hint="`cmx rerun --failed` runs that again, and this one behind it",
    )
