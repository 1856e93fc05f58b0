"""Keep what a job left behind beside the program, where people look for it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudmesh_iac.providers.batch.layout import safe_component

RESULT = "result.json"
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


def results_folder(project_dir: Path, stack: str, point: str) -> Path:
    """Return `results/<stack>/<point>/` of a project."""
    return (project_dir / "results" / safe_component(stack)).joinpath(
        *map(safe_component, point.split("/"))
    )


def write_result(folder: Path, outputs: Mapping[str, Any]) -> None:
    """Write `result.json` whole or not at all. Errors: OSError."""
    kept = {key: outputs[key] for key in _KEPT if key in outputs}
    folder.mkdir(parents=True, exist_ok=True)
    half = folder / f".{RESULT}.part"
    half.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    half.replace(folder / RESULT)
