"""Submit a job once more, in its directory, and only once.

An attempt of it has ended, or Slurm took it out when what it waited for was submitted again.

First the manifest says that another submission is due and counts it; then the job is looked for, by
its name and by the claim of this submission, before it is submitted. So a run that dies in between
leaves work that the next one finishes, never two jobs that could both run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, JobRequest, Ticket
from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.providers.batch.attempts import note_attempt
from cloudmesh_iac.providers.batch.layout import EXIT
from cloudmesh_iac.providers.batch.manifest import Manifest, manifest_of, write_manifest
from cloudmesh_iac.providers.slurm.claim import has_begun, owner_of
from cloudmesh_iac.providers.slurm.following import followed
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
from cloudmesh_iac.providers.slurm.parents import parents_of
from cloudmesh_iac.providers.slurm.places import Place, by_place
from cloudmesh_iac.providers.slurm.submission import Submissions
from cloudmesh_iac.providers.slurm.words import state_of


def try_again(submissions: Submissions, tickets: Sequence[Ticket]) -> Failure | None:
    """Submit them held where that is possible; return why one of them could not be now."""
    try:
        queue = submissions.slurm.jobs()
    except CmxError as error:
        return Failure.of(error)
    places = by_place(queue)
    living: dict[str, list[str]] = {}
    for job in queue:
        if not state_of(job.state).has_ended:
            living.setdefault(token_of(job.name), []).append(job.remote_id)
    failure: Failure | None = None
    for ticket in tickets:
        try:
            failure = _try_again(submissions, ticket, places=places, living=living) or failure
        except (CmxError, OSError) as error:
            known = error if isinstance(error, CmxError) else SiteRefused(str(error))
            failure = Failure.of(known, is_certain=False)
    return failure


def _try_again(
    submissions: Submissions,
    ticket: Ticket,
    *,
    places: Mapping[Place, QueuedJob],
    living: Mapping[str, Sequence[str]],
) -> Failure | None:
    """`living` are the ids of jobs that have not ended, by token.

    Errors: SiteUnreachable, SiteRefused, OSError.
    """
    directory = Path(ticket.directory)
    manifest = manifest_of(ticket)
    if manifest is None:
        return Failure("it cannot be tried again: its directory does not say what it was")
    only_waited = manifest.after and not has_begun(directory, ticket.token)
    if manifest.remote_id:
        current = followed(ticket, places)
        if not only_waited:
            note_attempt(directory, current.shown_id)
        manifest = due(manifest, current.shown_id)
        write_manifest(directory, manifest)
        (directory / EXIT).unlink(missing_ok=True)
    owner = owner_of(directory, ticket.token, manifest.submission)
    if owner is not None:
        return submissions.note_again(directory, manifest, owner.remote_id)
    there = [one for one in living.get(ticket.token, ()) if one != manifest.replaced]
    if there:  # the first of a token is the one that counts
        return submissions.note_again(directory, manifest, there[0])
    after = parents_of(submissions.workdir, manifest) if only_waited else ()
    order = submissions.order_behind(after)
    if isinstance(order, Failure):
        return order
    remote_id = submissions.submit_script(_request(manifest), manifest, order)
    return submissions.note_again(directory, manifest, remote_id)


def due(manifest: Manifest, replaced: str) -> Manifest:
    """Return the manifest of a job that has to be submitted once more, by itself.

    `replaced` is the id that it has now, as the site writes it.
    """
    number = manifest.submission + 1
    alone = replace(manifest, remote_id="", index=None, array="")
    return replace(alone, submission=number, replaced=replaced)


def _request(manifest: Manifest) -> JobRequest:
    """Return what of the request a submission needs beside the script that is there."""
    return JobRequest(
        project=manifest.project,
        stack=manifest.stack,
        point=manifest.point,
        command=manifest.command,
        identity=manifest.identity,
        identity_base=manifest.identity_base,
        run=manifest.run,
    )
