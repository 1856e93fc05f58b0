"""How does a job put itself back into the queue, so that nobody has to be there for it?

A job that ends with an exit code of its rule asks for its own requeue: it keeps its id, so that
what waits for it goes on waiting. One whose time is over does the same in the moment that Slurm
leaves it before it is killed. Where a site does not let it, it just ends, and the next run of cmx
submits it again.
"""

from pathlib import Path

from cloudmesh_iac.core.jobs import JobRequest
from cloudmesh_iac.providers.batch.script import may_try_again, when_retried

_UNTIL_SLURM_STOPS_US_S = 300
_KILLED = 143  # 128 + SIGTERM


def requeue_option(request: JobRequest) -> list[str]:
    """A site may have switched requeueing off for jobs that do not ask for it."""
    return ["--requeue"] if request.retries else []


def begin_lines(request: JobRequest, folder: Path | None) -> list[str]:
    """Return the bash in front of the command; `folder` is that of Slurm's commands."""
    if not request.retries:
        return []
    lines = [
        f"cmx_again() {{  # {request.retries} times, counted by the lines of a file",
        f"  {may_try_again(request)} || return 0",
        f'  {_command("scontrol", folder)} requeue "$cmx_job" && sleep {_UNTIL_SLURM_STOPS_US_S}',
        "}",
    ]
    if "TIMEOUT" in request.retry_on:
        squeue = _command("squeue", folder)
        lines += [
            "cmx_stopped() {  # by whoever cancels it, or because its time is over",
            f'  [ "$({squeue} --noheader --jobs="$cmx_job" --format=%r)" != TimeLimit ]'
            " || cmx_again",
            f"  exit {_KILLED}",
            "}",
            "trap cmx_stopped TERM",
        ]
    return lines


def end_lines(request: JobRequest) -> list[str]:
    """Return the bash behind the exit file, which stays where no requeue is to be had."""
    return when_retried(request, "cmx_again")


def _command(name: str, folder: Path | None) -> str:
    return name if folder is None else f"'{folder / name}'"
