"""Read numbers out of what a job left behind."""

import fnmatch
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonpath
from jsonpath import JSONPathError


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
        except FileNotFoundError:
            problems.append(f"metric {name}: {spec['file']} was not written")
        except (OSError, ValueError, LookupError, RecursionError, JSONPathError) as error:
            first = str(error).partition("\n")[0]
            problems.append(f"metric {name} was not found in {spec['file']}: {first}")
    return found, problems


def wrong_paths(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return one sentence for each metric whose path is no JSONPath, before anything runs."""
    problems = []
    for name, spec in metrics.items():
        try:
            jsonpath.compile(str(spec["path"]))
        except JSONPathError as error:
            first = str(error).partition("\n")[0]
            problems.append(f"metric {name}: {spec['path']!r} is no JSONPath: {first}")
    return problems


def _read(file: Path, path: str) -> Any:
    """Errors: OSError, ValueError (no JSON, no number), LookupError (nothing), JSONPathError."""
    values = jsonpath.findall(path, json.loads(file.read_text()))
    if not values:
        raise LookupError(f"nothing at {path}")
    if len(values) > 1:
        raise ValueError(f"{path} names {len(values)} values, not one")
    _check_numbers(values)
    if isinstance(values[0], list | dict):
        raise ValueError(f"{path} is no single value")
    return values[0]


def _check_numbers(value: Any) -> None:
    """Refuse what is written as a number and is none, or is one that no double can hold.

    Errors: ValueError.
    """
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            _check_numbers(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{value} is no number")
    elif isinstance(value, int) and abs(value) > sys.float_info.max:
        raise ValueError("the number is too large")


def missing_outputs(wanted: Sequence[str], fetched: Sequence[str]) -> list[str]:
    """Return one sentence for each output, name or pattern, that the job did not leave."""
    return [
        f"output {name} was not written"
        for name in wanted
        if not any(
            fnmatch.fnmatch(one, name) or one.startswith(f"{name.rstrip('/')}/") for one in fetched
        )
    ]
