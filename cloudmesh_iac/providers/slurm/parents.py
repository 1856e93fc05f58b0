"""For which jobs does a job wait? Kept on the site, once for all jobs that wait for the same.

Slurm forgets what a job waited for as soon as that is decided, and knows it by ids only; a job that
is submitted again has another id.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from cloudmesh_iac.core.jobs import After
from cloudmesh_iac.providers.batch.layout import stack_directory
from cloudmesh_iac.providers.batch.manifest import Manifest
from cloudmesh_iac.providers.batch.props import from_ticket, to_ticket
from cloudmesh_iac.settings.whole_files import write_whole

_FOLDER = ".orders"
_NAME_LENGTH = 16


def name_of(after: Sequence[After]) -> str:
    """Return the name of the list of these jobs; empty for none."""
    text = _text(after)
    return hashlib.sha256(text.encode()).hexdigest()[:_NAME_LENGTH] if after else ""


def keep_parents(stack: Path, after: Sequence[After]) -> None:
    """Keep them in the folder of a stack, unless they are there. Errors: OSError."""
    if not after:
        return
    file = stack / _FOLDER / name_of(after)
    if not file.exists():
        write_whole(file, _text(after))


def parents_of(workdir: Path, manifest: Manifest) -> tuple[After, ...]:
    """Return for which jobs one was submitted to wait; none where nobody can read that."""
    if not manifest.after:
        return ()
    stack = stack_directory(workdir, manifest.project, manifest.stack)
    try:
        said = json.loads((stack / _FOLDER / manifest.after).read_text())
        return tuple(After(to_ticket(one), any_end=bool(one["any_end"])) for one in said)
    except (OSError, ValueError, KeyError, TypeError):
        return ()


def _text(after: Sequence[After]) -> str:
    return json.dumps([{**from_ticket(one.ticket), "any_end": one.any_end} for one in after])
