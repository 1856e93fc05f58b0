"""What does the script look like that a scheduler starts for a request?"""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from cloudmesh_iac.core.jobs import JobRequest
from cloudmesh_iac.core.retries import exit_codes
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import ATTEMPTS, COMMAND, EXIT, SECRETS

_LOGIN_SHELL = "#!/bin/bash -l"  # `module` is a function that a login shell defines
_FOR_THE_COMMAND = "B:"  # a signal with this in front
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9]")


def render_script(
    request: JobRequest,
    *,
    directory: PurePath,
    header: Sequence[str],
    job_id_expression: str,
    restarts_expression: str,
    shebang: str = _LOGIN_SHELL,
    begin: Sequence[str] = (),
    before: Sequence[str] = (),
    after: Sequence[str] = (),
) -> str:
    """Return a bash script that runs `command.sh` and then writes the exit file.

    `header` are whole lines in the scheduler's words (`#SBATCH --nodes=2`). The two expressions
    are bash, for the job's id and how often it was restarted (`${SLURM_RESTART_COUNT:-0}`).
    `begin` are lines that come first in the job's directory, `before` stand in front of the
    command, `after` behind the exit file.
    Errors: SiteRefused for a name in the environment that a shell does not take.
    """
    lines = [
        shebang,
        *header,
        f"# Written by cmx for {' '.join(request.point.split())}; the command is in {COMMAND}.",
        "",
        "unset SLURM_EXPORT_ENV  # or else srun would start its tasks without any environment",
        f"cd {shlex.quote(str(directory))} || exit 1",
        *begin,
        f"rm -f {EXIT}  # a new attempt forgets the one before",
        "",
        *_settings(request),
        *_attempt(request, job_id_expression, restarts_expression),
        *before,
        "",
        "cmx_started=${EPOCHREALTIME:-$(date +%s)}",
        *_run(request),
        "cmx_ended=${EPOCHREALTIME:-$(date +%s)}",
        *_cleared(request),
        "# Killed: when the scheduler did it, this shell is the next to go, and writes nothing.",
        'case "$cmx_code" in 137 | 143) sleep 2 ;; esac',
        "",
        "# After the command, never in a trap: without this file it did not end by itself.",
        # Some languages write the fraction of a second after a comma.
        f'echo "{job_id_expression} {restarts_expression} $cmx_code'
        f' ${{cmx_started/,/.}} ${{cmx_ended/,/.}}" >{EXIT}.tmp &&',
        f"  mv {EXIT}.tmp {EXIT}",
        *after,
        'exit "$cmx_code"',
    ]
    return "\n".join(lines) + "\n"


def _run(request: JobRequest) -> Iterator[str]:
    """Run the command; a signal that is for the command comes to this shell, which passes it on."""
    signal = request.signal or ""
    if not signal.startswith(_FOR_THE_COMMAND):
        yield f"bash {COMMAND}"
        yield "cmx_code=$?"
        return
    name = signal.removeprefix(_FOR_THE_COMMAND).partition("@")[0]
    yield f"bash {COMMAND} &"
    yield "cmx_command=$!"
    yield f"trap 'kill -{name} \"$cmx_command\"' {name}"
    yield 'wait "$cmx_command"'
    yield "cmx_code=$?"
    yield "# A signal ends the wait, not the command."
    yield 'while [ "$cmx_code" -gt 128 ] && kill -0 "$cmx_command" 2>/dev/null; do'
    yield '  wait "$cmx_command"'
    yield "  cmx_code=$?"
    yield "done"


def when_retried(request: JobRequest, act: str) -> list[str]:
    """Return the bash that does something after an exit code with which it is tried again."""
    if not request.retries:
        return []
    if "FAILED" in request.retry_on:
        return [f'[ "$cmx_code" = 0 ] || {act}']
    codes = " | ".join(map(str, exit_codes(request.retry_on)))
    return [f'case "$cmx_code" in {codes}) {act} ;; esac'] if codes else []


def may_try_again(request: JobRequest) -> str:
    """Return the bash that says whether the rule leaves another attempt."""
    return f'[ "$CMX_ATTEMPT" -le {request.retries} ]'


def _attempt(request: JobRequest, job_id: str, restarts: str) -> Iterator[str]:
    """Count the attempts: one that is tried again may come back as another job."""
    if request.retries:
        yield f'echo "{job_id} {restarts}" >>{ATTEMPTS}'
        yield f"export CMX_ATTEMPT=$(wc -l <{ATTEMPTS})"
    else:
        yield f"export CMX_ATTEMPT=$(({restarts} + 1))"


def _cleared(request: JobRequest) -> Iterator[str]:
    """An attempt that may come back needs its secrets then."""
    if request.secrets:
        yield (
            f'[ "$cmx_code" != 0 ] || rm -rf {SECRETS}' if request.retries else f"rm -rf {SECRETS}"
        )


def _settings(request: JobRequest) -> Iterator[str]:
    if request.modules:
        yield f"module load {shlex.join(request.modules)} || exit 1"
    yield f"export CMX_POINT={shlex.quote(request.point)}"
    yield f"export CMX_RUN={request.run}"
    if request.secrets:
        yield f'export CMX_SECRETS="$PWD/{SECRETS}"'
    for axis, value in request.parameters.items():
        yield f"export CMX_{_NOT_IN_A_NAME.sub('_', axis).upper()}={shlex.quote(value)}"
    for name, value in request.environment.items():
        if not _NAME.fullmatch(name):
            raise SiteRefused(
                f"{name!r} is no name for an environment variable",
                subject=request.point,
                hint="letters, digits and _ only, no digit in front",
            )
        yield f"export {name}={shlex.quote(value)}"
