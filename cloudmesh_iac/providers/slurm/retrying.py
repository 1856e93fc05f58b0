"""Submit a job once more whose attempt has ended, in its directory, and only once.

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
from cloudmesh_iac.providers.slurm.claim import owner_of
from cloudmesh_iac.providers.slurm.following import followed
from cloudmesh_iac.providers.slurm.lines import QueuedJob
from cloudmesh_iac.providers.slurm.names import token_of
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
    living = {
        token_of(job.name): job.remote_id
        for job in reversed(queue)  # the first of a token is the one that counts
        if not state_of(job.state).has_ended
    }
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
    living: Mapping[str, str],
) -> Failure | None:
    """`living` are the ids of jobs that have not ended, by token.

    Errors: SiteUnreachable, SiteRefused, OSError.
    """
    directory = Path(ticket.directory)
    manifest = manifest_of(ticket)
    if manifest is None:
        return Failure("it cannot be tried again: its directory does not say what it was")
    if manifest.remote_id:
        note_attempt(directory, followed(ticket, places).shown_id)
        manifest = _due(manifest)
        write_manifest(directory, manifest)
        (directory / EXIT).unlink(missing_ok=True)
    owner = owner_of(directory, ticket.token, manifest.submission)
    if owner is not None:
        return submissions.note_again(directory, manifest, owner.remote_id)
    remote_id = living.get(ticket.token)
    if remote_id is None:
        remote_id = submissions.submit_script(_request(manifest), manifest)
    return submissions.note_again(directory, manifest, remote_id)


def _due(manifest: Manifest) -> Manifest:
    """Return the manifest of a job that has to be submitted once more, by itself."""
    number = manifest.submission + 1
    return replace(manifest, remote_id="", index=None, array="", submission=number)


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
