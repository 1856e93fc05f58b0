"""Has a job ended, by what it has left in its directory? The controller is not asked."""

import os
import re
from pathlib import Path

from cloudmesh_iac.core.jobs import Done, Ticket
from cloudmesh_iac.providers.batch.attempts import attempt_of, unless_due
from cloudmesh_iac.providers.batch.layout import STDERR
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.slurm.following import followed
from cloudmesh_iac.providers.slurm.looks import outcome_of

_LOOKED_AT = 4096  # bytes at the end of the log
# What Slurm writes into the log of a job that it stops; one that it puts back begins anew.
_STOPPED = re.compile(
    rb"^slurmstepd: error: \*\*\* (?:JOB|STEP) \S+ ON \S+ CANCELLED AT (?!.*JOB REQUEUE)",
    re.MULTILINE,
)


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
    return _STOPPED.search(_end_of(directory / STDERR)) is not None


def _end_of(log: Path) -> bytes:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOOKED_AT))
            return file.read()
    except OSError:
        return b""
