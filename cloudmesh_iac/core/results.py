"""What the jobs of a sweep have measured, as one table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cloudmesh_iac.core.jobs import JobState

Scalar: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One run of one point.

    `axes` has a value for each axis, `metrics` for each metric that was found. `repeat` counts
    from 1 and is 0 where nothing is repeated. `is_declared` is False for a result that outlived its
    point.
    """

    point: str
    axes: Mapping[str, Scalar]
    state: JobState
    repeat: int = 0
    exit_code: int | None = None
    metrics: Mapping[str, Scalar] = field(default_factory=dict)
    elapsed_s: float | None = None
    is_declared: bool = True


@dataclass(frozen=True, slots=True)
class ResultTable:
    """All results of one sweep; `axes` maps each axis to its values, both in declared order."""

    name: str
    axes: Mapping[str, tuple[Scalar, ...]]
    metrics: tuple[str, ...]
    rows: tuple[ResultRow, ...]
