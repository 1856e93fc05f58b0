"""What has Slurm written at the end of a job's log? The controller is not asked."""

import os
import re
from pathlib import Path

from cloudmesh_iac.providers.batch.layout import STDERR

_LOOKED_AT = 4096  # bytes
# What Slurm writes into the log of a job that it stops; one that it puts back begins anew.
_STOPPED = re.compile(
    rb"^slurmstepd: error: \*\*\* (?:JOB|STEP) \S+ ON \S+ CANCELLED AT (?!.*JOB REQUEUE)",
    re.MULTILINE,
)
# Of the batch script, or of a step: then the job itself is only FAILED. Versions differ in a mark.
_OVER_MEMORY = re.compile(rb"^slurmstepd\S*: error: Detected \d+ oom[-_]kill event", re.MULTILINE)


def was_stopped(directory: Path) -> bool:
    return _STOPPED.search(_end_of(directory / STDERR)) is not None


def was_over_memory(directory: Path) -> bool:
    """Say whether the kernel has killed something of a job for its memory."""
    return _OVER_MEMORY.search(_end_of(directory / STDERR)) is not None


def _end_of(log: Path) -> bytes:
    try:
        with log.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LOOKED_AT))
            return file.read()
    except OSError:
        return b""
