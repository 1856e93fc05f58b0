"""Keep what a job left behind beside the program, where people look for it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudmesh_iac.providers.batch.files import half_of
from cloudmesh_iac.providers.batch.layout import STDERR, STDOUT, safe_component

RESULT = "result.json"
RECORD = "record.json"
OWN_LOGS = (STDOUT, STDERR)
_READABLE = 0o644  # a new temporary file is for its owner alone
_KEPT = (
    "point",
    "parameters",
    "state",
    "exit_code",
    "signal",
    "reason",
    "started_at",
    "ended_at",
    "elapsed_s",
    "hosts",
    "metrics",
    "files",
    "ticket",
)


def stack_folder(project_dir: Path, stack: str) -> Path:
    """Return `results/<stack>/` of a project."""
    return project_dir / "results" / safe_component(stack)


def results_folder(project_dir: Path, stack: str, point: str) -> Path:
    """Return `results/<stack>/<point>/` of a project."""
    return stack_folder(project_dir, stack).joinpath(*map(safe_component, point.split("/")))


def write_result(folder: Path, outputs: Mapping[str, Any]) -> None:
    """Write `result.json` whole or not at all. Errors: OSError."""
    kept = {key: outputs[key] for key in _KEPT if key in outputs}
    folder.mkdir(parents=True, exist_ok=True)
    with half_of(folder / RESULT) as half:
        half.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
        half.chmod(_READABLE)
        half.replace(folder / RESULT)


def clear_result(folder: Path) -> None:
    """Take away the copies of an earlier run: what it wrote itself is in its own directory."""
    try:
        kept = json.loads((folder / RESULT).read_text())
        files = kept.get("files") or []
    except (OSError, ValueError, AttributeError):
        return
    for name in (*files, *OWN_LOGS, RESULT, RECORD):
        (folder / str(name)).unlink(missing_ok=True)
