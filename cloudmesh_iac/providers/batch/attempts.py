"""How often has a job begun in its directory, and is it tried once more?

The job's script adds a line to a file each time that it begins: `100_3 0`, the job's id and how
often the scheduler has put it back. So it counts whoever brought the job back: a run of ours, its
own script, or the site.
"""

from pathlib import Path

from cloudmesh_iac.core.jobs import Done, JobState, Ticket, Waiting
from cloudmesh_iac.core.retries import is_retried
from cloudmesh_iac.providers.batch.layout import ATTEMPTS
from cloudmesh_iac.providers.batch.manifest import manifest_of


def attempts_of(directory: Path) -> tuple[str, ...]:
    """Return the lines of the attempts so far; none for a job that is not tried again."""
    try:
        return tuple((directory / ATTEMPTS).read_text(errors="replace").splitlines())
    except OSError:
        return ()


def attempt_of(directory: Path) -> int:
    """Return which attempt is the last one, from 1.

    One that ended before its script began has no line yet, and is the first at least.
    """
    return max(1, len(attempts_of(directory)))


def note_attempt(directory: Path, remote_id: str) -> None:
    """Count an attempt that ended before its script could. Idempotent. Errors: OSError."""
    if not any(line.split()[:1] == [remote_id] for line in attempts_of(directory)):
        with (directory / ATTEMPTS).open("a") as file:
            file.write(f"{remote_id} 0\n")


def unless_due(ticket: Ticket, done: Done) -> Done | Waiting:
    """Return the end, or that another attempt is due, which only a run of ours may start."""
    manifest = manifest_of(ticket)
    if manifest is None or not is_retried(manifest.retry_on, done.state, done.exit_code):
        return done
    attempt = attempt_of(Path(ticket.directory))
    return done if attempt > manifest.retries else due(attempt, manifest.retries, done)


def due(attempt: int, retries: int, done: Done) -> Waiting:
    code = f" with exit code {done.exit_code}" if done.exit_code else ""
    words = f"attempt {attempt} of {retries + 1} ended {done.state}{code}"
    return Waiting(JobState.QUEUED, f"{words}: `cmx wait` and `cmx up` start the next", is_due=True)
