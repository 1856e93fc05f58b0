"""What has to be known to say later what a run was: program, input, place and output?"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.jobs import Ticket
from cloudmesh_iac.providers.batch.attempts import attempt_of
from cloudmesh_iac.providers.batch.files import half_of
from cloudmesh_iac.providers.batch.layout import COMMAND, SCRIPT
from cloudmesh_iac.providers.batch.manifest import manifest_of
from cloudmesh_iac.providers.batch.results import RECORD

_VERSION = 1
_READABLE = 0o644
_OF_THE_END = ("state", "exit_code", "signal", "reason", "started_at", "ended_at", "hosts")


def write_record(
    folder: Path, ticket: Ticket, outputs: Mapping[str, Any], *, files: Iterable[str]
) -> None:
    """Write `record.json` whole or not at all; `files` are those that were brought back.

    What a job's directory does not tell, because it is elsewhere or gone, is left out.
    Errors: OSError.
    """
    directory = Path(ticket.directory)
    digests = {name: _sha256(folder / name) for name in sorted(files)}
    record = {
        "version": _VERSION,
        "site": str(ticket.site),
        "job_id": ticket.shown_id,
        "directory": ticket.directory,
        **_of_the_start(directory, ticket),
        **{key: outputs[key] for key in _OF_THE_END if outputs.get(key) not in (None, "")},
        "outputs": {name: digest for name, digest in digests.items() if digest},
    }
    with half_of(folder / RECORD) as half:
        half.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
        half.chmod(_READABLE)
        half.replace(folder / RECORD)


def _of_the_start(directory: Path, ticket: Ticket) -> dict[str, Any]:
    manifest = manifest_of(ticket)
    if manifest is None:
        return {}
    said: dict[str, Any] = {
        "point": manifest.point,
        "run": manifest.run,
        "identity": manifest.identity,
        "command": manifest.command,
        "parameters": manifest.parameters,
        "submitted_at": manifest.submitted_at.isoformat(),
        "script": _sha256(directory / SCRIPT),
        "inputs": {
            name: digest
            for name in (COMMAND, *manifest.inputs)
            if (digest := _sha256(directory / name))
        },
    }
    if manifest.retries:
        said["attempts"] = attempt_of(directory)
    if manifest.commit:
        said["commit"] = manifest.commit
    return {key: value for key, value in said.items() if value not in (None, {})}


def _sha256(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError:
        return None
