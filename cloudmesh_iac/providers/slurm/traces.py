"""Has a job ended, by what it has left in its directory? The controller is not asked."""

from pathlib import Path

from cloudmesh_iac.core.jobs import Done, Ticket
from cloudmesh_iac.providers.batch.attempts import attempt_of, unless_due
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.slurm.following import followed
from cloudmesh_iac.providers.slurm.log_end import was_stopped
from cloudmesh_iac.providers.slurm.looks import outcome_of


def has_ended(ticket: Ticket) -> bool:
    """Say so of a job whose files tell it; one that never began leaves none."""
    manifest = manifest_of(ticket)
    if manifest is None or manifest.cancelled:
        return True
    outcome = outcome_of(followed(ticket, {}), None)
    if outcome is not None:
        return isinstance(unless_due(ticket, outcome.to_done()), Done)
    directory = Path(ticket.directory)
    if manifest.retries >= attempt_of(directory):
        return False  # it may be on its way back
    return was_stopped(directory)
