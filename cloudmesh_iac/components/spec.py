"""What one job needs: the part that makes it this run, and the limits it runs under."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from cloudmesh_iac.components.metrics import Metric
from cloudmesh_iac.components.quantities import parse_memory, parse_walltime
from cloudmesh_iac.components.text import Text
from cloudmesh_iac.errors import ExperimentError

_RESULT = "result.json"
_NOT_KNOWN = "Calling __str__ on an Output"  # what the SDK puts in the place of such a value


@dataclass(frozen=True)
class JobSpec:
    """One job.

    Identity (a change is a new run): `command`, `inputs` (names and contents), `nodes`,
    `ntasks_per_node`, `cpus_per_task`, `modules`, `environment`.
    Limits (a change counts from the next run on): `walltime`, `memory`, `queue`, `account`,
    `native`.
    Read afterwards (a change reads again, nothing runs): `outputs`, `metrics`.
    `note` is for people and changes nothing.

    Units: `walltime` as in parse_walltime (`00:20:00`, `20m`, a number is minutes); `memory` for
    each node (`4 GiB`, a number is MiB). `inputs` are files beside the program that are copied to
    the job's directory; `outputs` are files, or patterns, that are brought back. `native` are
    options in the scheduler's own words.
    Errors: ExperimentError with everything that is wrong with it.
    """

    command: str | Text | pulumi.Output[str]
    nodes: int = 1
    ntasks_per_node: int = 1
    cpus_per_task: int = 1
    walltime: str | int | timedelta | None = None
    memory: str | int | None = None
    queue: str | None = None
    account: str | None = None
    modules: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    native: Mapping[str, str] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        problems = [*self._bad_counts(), *self._bad_quantities(), *self._bad_lists()]
        if _RESULT in self.outputs:
            problems.append(f"an output cannot be called {_RESULT}: cmx writes a file of that name")
        written = self.command.template if isinstance(self.command, Text) else self.command
        if isinstance(written, str) and not written.strip():
            problems.append("command is empty")
        if isinstance(written, str) and _NOT_KNOWN in written:
            problems.append("command holds a value that is not known yet: use cmx.fmt, no f-string")
        if problems:
            raise ExperimentError("; ".join(problems))

    def _bad_counts(self) -> list[str]:
        counts = {
            "nodes": self.nodes,
            "ntasks_per_node": self.ntasks_per_node,
            "cpus_per_task": self.cpus_per_task,
        }
        return [
            f"{name} is {count!r}, not a whole number from 1 up"
            for name, count in counts.items()
            if type(count) is not int or count < 1
        ]

    def _bad_quantities(self) -> list[str]:
        problems = []
        if self.walltime is not None:
            problems += _problem("walltime", parse_walltime, self.walltime)
        if self.memory is not None:
            problems += _problem("memory", parse_memory, self.memory)
        return problems

    def _bad_lists(self) -> list[str]:
        """A text is a sequence too, of its letters: nobody means that."""
        lists = {"modules": self.modules, "inputs": self.inputs, "outputs": self.outputs}
        return [
            f"{name} is a text, not a list of texts"
            for name, value in lists.items()
            if isinstance(value, str)
        ]

    def submission(self, project_dir: Path, folder: Path) -> dict[str, Any]:
        """Return the properties that decide how it runs; what is at its default is left out."""
        files = {name: folder / name for name in self.inputs}
        missing = sorted(name for name, file in files.items() if not file.is_file())
        if missing:
            raise ExperimentError(
                f"input files are not there: {', '.join(missing)}", hint=f"looked in {folder}"
            )
        props: dict[str, Any] = {
            **_command(self.command),
            "nodes": self.nodes,
            "ntasks_per_node": self.ntasks_per_node,
            "cpus_per_task": self.cpus_per_task,
            "walltime_s": None if self.walltime is None else parse_walltime(self.walltime),
            "memory_mb": None if self.memory is None else parse_memory(self.memory),
            "queue": self.queue,
            "account": self.account,
            "modules": list(self.modules),
            "environment": dict(self.environment),
            "native": dict(self.native),
            "inputs": {name: _sha256(file) for name, file in files.items()},
            "sources": {name: _relative(file, project_dir) for name, file in files.items()},
            "note": self.note,
        }
        return {key: value for key, value in props.items() if value not in (None, {}, [], "")}

    def reading(self, project_dir: Path, folder: Path) -> dict[str, Any]:
        """Return the properties that decide what is read when it has ended."""
        measure = {
            name: _with_script(metric.to_plain(), project_dir, folder)
            for name, metric in self.metrics.items()
        }
        props = {"outputs": list(self.outputs), "measure": measure}
        return {key: value for key, value in props.items() if value}


def _with_script(measure: dict[str, Any], project_dir: Path, folder: Path) -> dict[str, Any]:
    """Say where the script of a function is, and what it says: another one reads again."""
    if "script" not in measure:
        return measure
    file = folder / str(measure["script"])
    if not file.is_file():
        raise ExperimentError(f"{measure['script']} is not there", hint=f"looked in {folder}")
    return {**measure, "script": _relative(file, project_dir), "content": _sha256(file)}


def _problem(name: str, parse: Any, value: Any) -> list[str]:
    try:
        parse(value)
    except ValueError as error:
        return [f"{name}: {error}"]
    return []


def _command(command: str | Text | pulumi.Output[str]) -> dict[str, Any]:
    if isinstance(command, Text):
        return {
            "command": command.template
            if command.arguments or command.placement
            else command.template.replace("{{", "{").replace("}}", "}"),
            "arguments": command.arguments,
            "placement": command.placement,
        }
    if isinstance(command, pulumi.Output):
        return {"command": "{0}", "placement": {"0": command}}
    return {"command": command}


@cache
def _sha256(file: Path) -> str:
    """Every point of a sweep has the same files: each is read once in an evaluation."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _relative(file: Path, project_dir: Path) -> str:
    """Relative to the project, so that every clone has the same plan."""
    resolved = file.resolve()
    if resolved.is_relative_to(project_dir):
        return str(resolved.relative_to(project_dir))
    raise ExperimentError(f"input file {file} is outside the project {project_dir}")
