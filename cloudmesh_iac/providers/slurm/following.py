"""Under which id does a job go on, and is it on this cluster at all?

A ticket says the id that was known when it was written. Another job of its token may have taken the
run, or the job was submitted again with other limits: then its directory says which.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Ticket
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.manifest import Manifest, manifest_of
from cloudmesh_iac.providers.slurm.claim import owner_of
from cloudmesh_iac.providers.slurm.client import Slurm
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.places import Place
from cloudmesh_iac.providers.slurm.words import state_of

NOT_HERE = "ask on a computer of that cluster: this one cannot know how the job stands"


def followed(ticket: Ticket, jobs: Mapping[Place, QueuedJob]) -> Ticket:
    """Return the ticket with the id under which the run goes on; files are read only if needed."""
    job = its(ticket, jobs)
    if job is not None and not state_of(job.state).has_ended:
        return ticket
    manifest = manifest_of(ticket)
    if manifest is None:
        return ticket
    current = ticket
    if manifest.remote_id:
        current = replace(
            ticket, remote_id=manifest.remote_id, index=manifest.index, array=manifest.array
        )
    owner = owner_of(Path(ticket.directory), ticket.token, manifest.submission)
    if owner is None or owner.remote_id == current.remote_id:
        return current
    array = "" if owner.index is None else manifest.array
    return replace(current, remote_id=owner.remote_id, index=owner.index, array=array)


def its(ticket: Ticket, jobs: Mapping[Place, QueuedJob]) -> QueuedJob | None:
    """Return the job of a ticket: ids come again after a crash of the controller, tokens never."""
    job = jobs.get((ticket.remote_id, ticket.index))
    own = ticket.array or ticket.token
    return job if job is not None and token_of(job.name) == own else None


def is_being_submitted_again(ticket: Ticket) -> bool:
    """Say whether a run took a job out of the queue and died before it had put it back."""
    return unfinished_submission(ticket) is not None


def unfinished_submission(ticket: Ticket) -> Manifest | None:
    """Return what a run that died has left of a job that was to be submitted once more."""
    manifest = manifest_of(ticket)
    if manifest is None or manifest.remote_id:
        return None
    owner = owner_of(Path(ticket.directory), ticket.token, manifest.submission)
    return manifest if owner is None else None


def raise_elsewhere(tickets: Sequence[Ticket], slurm: Slurm) -> None:
    """Errors: SiteRefused for jobs of another cluster than the one that answers here."""
    cluster = asked_cluster(tickets, slurm)
    for ticket in tickets:
        if words := elsewhere(ticket, cluster):
            raise SiteRefused(words, subject=ticket.shown_id, hint=NOT_HERE)


def asked_cluster(tickets: Iterable[Ticket], slurm: Slurm) -> str:
    """Return which cluster answers here, if a ticket says to which one it belongs."""
    return slurm.cluster() if any(ticket.cluster for ticket in tickets) else ""


def elsewhere(ticket: Ticket, cluster: str) -> str:
    """Say that a job is not here; empty for one that is, or of which nobody wrote down where."""
    if not ticket.cluster or not cluster or ticket.cluster == cluster:
        return ""
    return (
        f"job {ticket.shown_id} is not here: it belongs to cluster {ticket.cluster},"
        f" and site {ticket.site} asks cluster {cluster}"
    )
