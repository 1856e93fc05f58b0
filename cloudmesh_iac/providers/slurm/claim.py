"""Which of two jobs of one token runs?

The first that puts a folder with its own id where both look; the other one ends at once. A site
that holds jobs never lets two of them go, so this is for sites that refuse held jobs, and for what
no plan has foreseen.
"""

from dataclasses import dataclass
from pathlib import Path

TAKEN_BY_ANOTHER = 75  # the exit code of a job that ended at once; EX_TEMPFAIL of sysexits.h


@dataclass(frozen=True, slots=True)
class Owner:
    """The job, or the task of an array, that has taken a run."""

    remote_id: str
    index: int | None


def claim_lines(token: str, job_id_expression: str) -> list[str]:
    """Return the bash that takes the run, in the job's directory.

    The script's argument says which submission of a job that is tried again this is; each has a
    claim of its own.

    Renaming a folder onto one that is not empty fails, on every file system: so the claim is there
    whole, with the id of its job, or not at all. A job that was put back into the queue finds its
    own claim.
    """
    return [
        "# The first job of this token runs; a second one ends here and leaves everything alone.",
        f"cmx_job={job_id_expression} cmx_claim={_claim(token)}${{1:+.$1}}",
        'mkdir -p "taking.$cmx_job/$cmx_job"',
        'mv -T "taking.$cmx_job" "$cmx_claim" 2>/dev/null || rm -rf "taking.$cmx_job"',
        f'[ -d "$cmx_claim/$cmx_job" ] || exit {TAKEN_BY_ANOTHER}',
    ]


def owner_of(directory: Path, token: str, submission: int = 0) -> Owner | None:
    """Return which job has taken the run; None when none of this submission has begun."""
    claim = directory / (_claim(token) + (f".{submission}" if submission else ""))
    try:
        name = next((entry.name for entry in claim.iterdir()), "")
    except OSError:
        return None
    remote_id, _, index = name.partition("_")
    if not remote_id.isdigit():
        return None
    return Owner(remote_id, int(index) if index.isdigit() else None)


def has_begun(directory: Path, token: str) -> bool:
    """Say whether any submission of a job has begun, however it ended."""
    return any(directory.glob(f"{_claim(token)}*"))


def _claim(token: str) -> str:
    return f"taken.{token}"
