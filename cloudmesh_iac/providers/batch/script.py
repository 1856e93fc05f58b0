"""What does the script look like that a scheduler starts for a request?"""

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from cloudmesh_iac.core.jobs import JobRequest
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import COMMAND, EXIT

_LOGIN_SHELL = "#!/bin/bash -l"  # `module` is a function that a login shell defines
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
) -> str:
    """Return a bash script that runs `command.sh` and then writes the exit file.

    `header` are whole lines in the scheduler's words (`#SBATCH --nodes=2`). The two expressions
    are bash, for the job's id and how often it was restarted (`${SLURM_RESTART_COUNT:-0}`).
    Errors: SiteRefused for a name in the environment that a shell does not take.
    """
    lines = [
        shebang,
        *header,
        f"# Written by cmx for {' '.join(request.point.split())}; the command is in {COMMAND}.",
        "",
        "unset SLURM_EXPORT_ENV  # or else srun would start its tasks without any environment",
        f"cd {shlex.quote(str(directory))} || exit 1",
        f"rm -f {EXIT}  # a new attempt forgets the one before",
        "",
        *_settings(request),
        "",
        "cmx_started=${EPOCHREALTIME:-$(date +%s)}",
        f"bash {COMMAND}",
        "cmx_code=$?",
        "cmx_ended=${EPOCHREALTIME:-$(date +%s)}",
        "# Killed: when the scheduler did it, this shell is the next to go, and writes nothing.",
        'case "$cmx_code" in 137 | 143) sleep 2 ;; esac',
        "",
        "# After the command, never in a trap: without this file it did not end by itself.",
        # Some languages write the fraction of a second after a comma.
        f'echo "{job_id_expression} {restarts_expression} $cmx_code'
        f' ${{cmx_started/,/.}} ${{cmx_ended/,/.}}" >{EXIT}.tmp &&',
        f"  mv {EXIT}.tmp {EXIT}",
        'exit "$cmx_code"',
    ]
    return "\n".join(lines) + "\n"


def _settings(request: JobRequest) -> Iterator[str]:
    if request.modules:
        yield f"module load {shlex.join(request.modules)} || exit 1"
    yield f"export CMX_POINT={shlex.quote(request.point)}"
    yield f"export CMX_RUN={request.run}"
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
