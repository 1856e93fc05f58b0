"""Where does a job's directory stand, and what are the files in it called?"""

import hashlib
import re
from pathlib import Path

from cloudmesh_iac.core.jobs import JobRequest

MANIFEST = "manifest.json"
COMMAND = "command.sh"  # what the person wrote, unchanged
SCRIPT = "job.sh"  # what the scheduler starts
ATTEMPTS = "attempts"  # one line for each time that it began; see attempts.py
EXIT = "exit"  # how the command ended; see outcome.py
STDOUT = "stdout.log"
STDERR = "stderr.log"
RELEASED = ".released"  # the id of the job that we have let go
SECRETS = "secrets"  # a folder; see job_secrets.py

# Names that an input file may not have.
OWN_NAMES = frozenset(
    {MANIFEST, COMMAND, SCRIPT, ATTEMPTS, EXIT, STDOUT, STDERR, RELEASED, SECRETS}
)

_LONGEST = 120  # characters; file systems take 255 bytes, and tools add endings
_UNSAFE = re.compile(r"[^A-Za-z0-9._=,+@-]")


def safe_component(text: str) -> str:
    """Return a name for one folder; different texts have different names.

    A dot in front is encoded too: nobody's point hides, leads upwards or meets our own folders.
    """
    name = _UNSAFE.sub(_percent, text)
    if name.startswith("."):
        name = "%2E" + name[1:]
    if len(name) > _LONGEST:
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        name = f"{name[: _LONGEST - 18]}%-{digest}"
    return name or "%"


def job_directory(workdir: Path, request: JobRequest) -> Path:
    """Return `<workdir>/<project>/<stack>/<point>/<identity>`; a `/` in the point is a folder."""
    return point_directory(workdir, request) / safe_component(request.identity)


def point_directory(workdir: Path, request: JobRequest) -> Path:
    """Return the folder that holds one directory for each identity a point has had."""
    return stack_directory(workdir, request.project, request.stack).joinpath(
        *map(safe_component, request.point.split("/"))
    )


def stack_directory(workdir: Path, project: str, stack: str) -> Path:
    return workdir / safe_component(project) / safe_component(stack)


def _percent(found: re.Match[str]) -> str:
    # A name from the command line may hold bytes that are no UTF-8.
    return "".join(f"%{byte:02X}" for byte in found[0].encode(errors="surrogateescape"))
