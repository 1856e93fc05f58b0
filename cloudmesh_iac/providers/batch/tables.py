"""Read the results beside a program into tables, one for each sweep."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.results import ResultRow, ResultTable, Scalar
from cloudmesh_iac.core.urns import ResourceType, name_of, natural_key
from cloudmesh_iac.providers.batch.layout import safe_component
from cloudmesh_iac.providers.batch.results import RESULT, stack_folder
from cloudmesh_iac.providers.dynamic.convert import to_python

SWEEP_TYPE = ResourceType("cmx:index:Sweep")
_SWEEP_FILE = "sweep.json"
_REPEAT = "repeat"
_JOBS = "jobs"


class PlotSpec(BaseModel):
    model_config = ConfigDict(frozen=True)

    x: str
    y: str
    hue: str | None = None
    log: bool = False
    title: str = ""


class SweepSpec(BaseModel):
    """What a sweep said about its table: the order of its axes, their values, its picture."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    order: list[str] = []
    axes: dict[str, list[Any]] = {}
    metrics: list[str] = []
    plot: PlotSpec | None = None


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table, the folder it was read from, and the picture that belongs to it."""

    table: ResultTable
    folder: Path
    plot: PlotSpec | None


def declared_sweeps(snapshot: Snapshot) -> Mapping[str, SweepSpec]:
    return {
        name_of(record.urn): SweepSpec.model_validate(to_python(record.inputs))
        for record in snapshot.records
        if record.type == SWEEP_TYPE
    }


def write_sweeps(project_dir: Path, stack: str, sweeps: Mapping[str, SweepSpec]) -> None:
    """Keep what sweeps said beside their results: the table outlives the stack."""
    for name, sweep in sweeps.items():
        folder = stack_folder(project_dir, stack) / safe_component(name)
        if folder.is_dir():
            text = sweep.model_dump_json(indent=1, exclude_none=True)
            (folder / _SWEEP_FILE).write_text(text + "\n")


def read_tables(project_dir: Path, stack: str, *, declared: frozenset[str]) -> Sequence[ReadTable]:
    """Return one table per sweep and one for all lone jobs, in the order of their names."""
    root = stack_folder(project_dir, stack)
    lone: list[dict[str, Any]] = []
    sweeps: dict[str, list[dict[str, Any]]] = {}
    for file in sorted(root.rglob(RESULT)) if root.is_dir() else ():
        found = _read(file)
        if found is not None:
            name = str(found["point"]).partition("/")[0]
            (sweeps.setdefault(name, []) if found.get("parameters") else lone).append(found)
    tables = [
        _table(name, found, folder=root / safe_component(name), declared=declared)
        for name, found in sweeps.items()
    ]
    tables += [_table(_JOBS, lone, folder=root, declared=declared)] if lone else []
    return sorted(tables, key=lambda one: natural_key(one.table.name))


def _read(file: Path) -> dict[str, Any] | None:
    """A file that is half there or not ours is passed over."""
    try:
        found = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and _is_ours(found) else None


def _is_ours(found: dict[str, Any]) -> bool:
    """Anybody may have written a file of this name."""
    maps = (found.get("parameters") or {}, found.get("metrics") or {})
    if not all(isinstance(one, dict) for one in maps):
        return False
    is_flat = not any(isinstance(value, dict | list) for value in maps[0].values())
    return is_flat and isinstance(found.get("point"), str) and isinstance(found.get("state"), str)


def _table(
    name: str, found: list[dict[str, Any]], *, folder: Path, declared: frozenset[str]
) -> ReadTable:
    is_sweep = bool(found[0].get("parameters"))
    spec = _spec(folder) if is_sweep else SweepSpec()
    axes = _axes(spec, found) if is_sweep else {"job": tuple(one["point"] for one in found)}
    rows = tuple(_row(one, is_job=not is_sweep, declared=declared) for one in found)
    metrics = tuple(dict.fromkeys([*spec.metrics, *(key for row in rows for key in row.metrics)]))
    return ReadTable(ResultTable(name, axes, metrics, rows), folder, spec.plot)


def _spec(folder: Path) -> SweepSpec:
    try:
        return SweepSpec.model_validate_json((folder / _SWEEP_FILE).read_text())
    except (OSError, ValueError):
        return SweepSpec()


def _axes(spec: SweepSpec, found: list[dict[str, Any]]) -> Mapping[str, tuple[Scalar, ...]]:
    """Declared axes first, in their order; what only results know comes behind, sorted."""
    names = list(dict.fromkeys([*spec.order, *(key for one in found for key in one["parameters"])]))
    axes: dict[str, tuple[Scalar, ...]] = {}
    for axis in names:
        if axis == _REPEAT:
            continue
        known = dict.fromkeys(spec.axes.get(axis, ()))
        seen = {one["parameters"][axis] for one in found if axis in one["parameters"]}
        axes[axis] = (*known, *sorted(seen - known.keys(), key=_natural))
    return axes


def _natural(value: Scalar) -> tuple[tuple[int, int, str], ...]:
    return natural_key(str(value))


def _row(found: dict[str, Any], *, is_job: bool, declared: frozenset[str]) -> ResultRow:
    parameters: dict[str, Scalar] = dict(found.get("parameters") or {})
    repeat = parameters.pop(_REPEAT, 0)
    state = str(found["state"])
    return ResultRow(
        point=str(found["point"]),
        axes={"job": str(found["point"])} if is_job else parameters,
        state=JobState(state) if state in list(JobState) else JobState.UNKNOWN,
        repeat=repeat if isinstance(repeat, int) else 0,
        exit_code=found.get("exit_code"),
        metrics=found.get("metrics") or {},
        elapsed_s=found.get("elapsed_s"),
        is_declared=str(found["point"]) in declared,
    )
