"""Read numbers out of what a job left behind."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonpath


def metric_files(metrics: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the files that metrics are read from."""
    return tuple(dict.fromkeys(str(spec["file"]) for spec in metrics.values()))


def read_metrics(
    folder: Path, metrics: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], list[str]]:
    """Return the metrics that were found, and one sentence for each that was not."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, spec in metrics.items():
        try:
            found[name] = _read(folder / str(spec["file"]), str(spec["path"]))
        except (OSError, ValueError, LookupError) as error:
            problems.append(f"metric {name} was not found in {spec['file']}: {error}")
    return found, problems


def _read(file: Path, path: str) -> Any:
    """Errors: OSError, ValueError (no JSON), LookupError (nothing at that path)."""
    values = jsonpath.findall(path, json.loads(file.read_text()))
    if not values:
        raise LookupError(f"nothing at {path}")
    return values[0] if len(values) == 1 else values
