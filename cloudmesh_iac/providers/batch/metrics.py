"""Read values out of what a job left behind."""

import csv
import fnmatch
import json
import math
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cloudmesh_iac.providers.batch.json_paths import values_at, wrong_path
from cloudmesh_iac.providers.batch.metric_functions import call_function

Spec = Mapping[str, Any]
_HERE = Path()

_TAKES: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "first": lambda values: values[0],
    "last": lambda values: values[-1],
    "count": len,
    "min": lambda values: min(_numbers(values)),
    "max": lambda values: max(_numbers(values)),
    "mean": lambda values: statistics.fmean(_numbers(values)),
    "sum": lambda values: sum(_numbers(values)),
}


def metric_files(metrics: Mapping[str, Spec]) -> tuple[str, ...]:
    """Return the files that metrics are read from."""
    files = (spec.get("files") or [spec["file"]] for spec in metrics.values())
    return tuple(dict.fromkeys(str(file) for some in files for file in some))


def read_metrics(
    folder: Path, metrics: Mapping[str, Spec], *, project_dir: Path = _HERE
) -> tuple[dict[str, Any], list[str]]:
    """Return the metrics that were found, and one sentence for each that was not."""
    found: dict[str, Any] = {}
    problems: list[str] = []
    for name, spec in metrics.items():
        try:
            found[name] = _single(_read(folder, spec, project_dir))
        except FileNotFoundError:
            problems.append(f"metric {name}: {spec['file']} was not written")
        except (
            OSError,
            ValueError,
            LookupError,
            OverflowError,  # of the mean of whole numbers that no double can hold
            RecursionError,
            csv.Error,
            re.error,
        ) as error:
            first = str(error).partition("\n")[0]
            problems.append(f"metric {name} was not found in {spec['file']}: {first}")
    return found, problems


def wrong_paths(metrics: Mapping[str, Spec]) -> list[str]:
    """Return one sentence for each metric that cannot be read at all, before anything runs."""
    said = ((name, _wrong(spec)) for name, spec in metrics.items())
    return [f"metric {name}: {words}" for name, words in said if words]


def _wrong(spec: Spec) -> str:
    try:
        if "pattern" in spec:
            re.compile(str(spec["pattern"]))
        elif "column" in spec:
            take = str(spec["take"])
            return "" if take in _TAKES else f"{take!r} is none of {', '.join(_TAKES)}"
        elif "script" not in spec:
            why = wrong_path(str(spec["path"]))
            return f"{spec['path']!r} is no JSONPath: {why}" if why else ""
    except re.error as error:
        return f"{spec['pattern']!r} is no regular expression: {error}"
    return ""


def _read(folder: Path, spec: Spec, project_dir: Path) -> Any:
    """Errors: OSError, ValueError (unreadable, no number, no path), LookupError (nothing)."""
    if "script" in spec:
        script = project_dir / str(spec["script"])
        return call_function(script, str(spec["name"]), folder)
    file = folder / str(spec["file"])
    if "pattern" in spec:
        return _number_in(_last_match(file, re.compile(str(spec["pattern"]))))
    if "column" in spec:
        return _TAKES[str(spec["take"])](_column(file, str(spec["column"])))
    values = values_at(str(spec["path"]), json.loads(file.read_text()))
    if not values:
        raise LookupError(f"nothing at {spec['path']}")
    if len(values) > 1:
        raise ValueError(f"{spec['path']} names {len(values)} values, not one")
    _check_numbers(values)
    if isinstance(values[0], list | dict):
        raise ValueError(f"{spec['path']} is no single value")
    return values[0]


def _single(value: Any) -> Any:
    _check_numbers(value)
    if not isinstance(value, bool | int | float | str | None):
        raise ValueError(f"a {type(value).__name__} is no single value")
    return value


def _last_match(file: Path, pattern: re.Pattern[str]) -> str:
    group = 1 if pattern.groups else 0
    last: str | None = None
    with file.open(errors="replace") as lines:
        for line in lines:
            for found in pattern.finditer(line.rstrip("\n")):
                last = last if found[group] is None else found[group]
    if last is None:
        raise LookupError(f"no line matches {pattern.pattern!r}")
    return last


def _column(file: Path, column: str) -> list[Any]:
    with file.open(newline="", errors="replace") as rows:
        reader = csv.DictReader(rows, skipinitialspace=True)
        names = reader.fieldnames or ()
        if column not in names:
            raise LookupError(f"no column {column!r} among {', '.join(names) or 'none'}")
        values = [_number_in(row[column] or "") for row in reader]
    if not values:
        raise LookupError(f"column {column!r} has no rows")
    return values


def _number_in(text: str) -> Any:
    """Return a text as the number that it is, else as it stands."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _numbers(values: Iterable[Any]) -> list[float]:
    wrong = [value for value in values if not isinstance(value, int | float)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no number")
    return [value for value in values if isinstance(value, int | float)]


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
