"""What became of a history, in one shape for both engines."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

State: TypeAlias = Mapping[str, Any]  # one resource, in the words of a checkpoint


@dataclass(frozen=True)
class Step:
    """`keys` made a replacement necessary, `diffs` differ; `details` are paths with their kinds."""

    op: str
    urn: str
    keys: tuple[str, ...] = ()
    diffs: tuple[str, ...] = ()
    details: Mapping[str, str] = field(default_factory=dict)
    component: bool = False
    failed: bool = False


@dataclass(frozen=True)
class Call:
    """One call of the provider; a delete has its inputs and outputs as the old ones."""

    method: str
    urn: str
    id: str = ""
    old_inputs: Mapping[str, Any] = field(default_factory=dict)
    old_outputs: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    ignore_changes: tuple[str, ...] = ()
    timeout: float = 0
    naming: str = ""


@dataclass(frozen=True)
class Answer:
    """What the program was told about one of its resources."""

    id: str = ""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    result: str = ""
    component: bool = False
    error: str = ""


@dataclass(frozen=True)
class Problem:
    urn: str = ""
    message: str = ""


@dataclass(frozen=True)
class Phase:
    """A preview, or a run that changes things. `error` is empty if it ended well.

    `undone` are resources that were not done, so that what they use had to stay; only ours says it.
    """

    error: str = ""
    program_error: bool = False
    problems: tuple[Problem, ...] = ()
    steps: tuple[Step, ...] = ()
    calls: tuple[Call, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    undone: tuple[str, ...] = ()


@dataclass(frozen=True)
class Played:
    """One generation: without an `update` if its preview ended with an error."""

    preview: Phase | None = None
    update: Phase | None = None
    state: tuple[State, ...] = ()


@dataclass(frozen=True)
class Result:
    name: str = ""
    crash: str = ""
    generations: tuple[Played, ...] = ()
