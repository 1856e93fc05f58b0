"""What one job needs: the part that makes it this run, and the limits it runs under."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypedDict

import pulumi

from cloudmesh_iac.components.after import AfterWhat, bad_after
from cloudmesh_iac.components.field_problems import (
    bad_counts,
    bad_directives,
    bad_lists,
    bad_secret_names,
    bad_texts,
    bad_triggers,
)
from cloudmesh_iac.components.metrics import Metric
from cloudmesh_iac.components.quantities import (
    parse_cluster,
    parse_licenses,
    parse_memory,
    parse_notify,
    parse_signal,
    parse_walltime,
)
from cloudmesh_iac.components.retries import Retries, parse_retries
from cloudmesh_iac.components.text import Text
from cloudmesh_iac.errors import ExperimentError

_OURS = ("result.json", "record.json")
_SAME_NAME = (
    "queue account qos constraint reservation licenses exclusive signal notify native retries"
)
LIMITS = {"walltime": "walltime_s", "memory": "memory_mb", **{n: n for n in _SAME_NAME.split()}}
"""The fields that are limits, and what they are called in a submission."""

_NOT_KNOWN = "Calling __str__ on an Output"  # what the SDK puts in the place of such a value


class JobFields(TypedDict, total=False):
    """The fields of a JobSpec but its command, as `Job` takes them too."""

    nodes: int
    ntasks_per_node: int
    cpus_per_task: int
    gpus_per_node: int
    cluster: str | None
    walltime: str | int | timedelta | None
    memory: str | int | None
    queue: str | None
    account: str | None
    qos: str | None
    constraint: str | None
    reservation: str | None
    licenses: str | Mapping[str, int] | None
    exclusive: bool
    signal: str | None
    notify: str | None
    retries: int | Retries | None
    after: AfterWhat
    modules: Sequence[str]
    environment: Mapping[str, str]
    inputs: Sequence[str]
    outputs: Sequence[str]
    metrics: Mapping[str, Metric]
    secrets: Mapping[str, str | pulumi.Output[str]]
    native: Mapping[str, str]
    directives: Sequence[str]
    rerun_on: Sequence[str | pulumi.Output[Any]]
    note: str


@dataclass(frozen=True)
class JobSpec:
    """One job. Each field is of one kind, which says what a change of it means.

    Identity (a change is a new run): `command`, `inputs` (names and contents), `nodes`,
    `ntasks_per_node`, `cpus_per_task`, `gpus_per_node`, `modules`, `environment`, `directives`,
    `cluster` (one of those that the site's commands speak to: what one cluster measured is no
    result of another).
    Limits (a change reaches a job that waits, counts for the next run of one that failed, and
    leaves one that is finished alone): `walltime`, `memory`, `queue`, `account`, `qos`,
    `constraint`, `reservation`, `licenses`, `exclusive`, `signal`, `notify`, `retries`, `native`.
    Placement (recorded, used by the next run, never a reason to run): values of other resources in
    the command, `secrets`, `after` (jobs, sweeps, points of sweeps, or After).
    Read afterwards (a change reads again, nothing runs): `outputs`, `metrics`.
    `rerun_on` names limits, `"placement"`, or values of other resources that are identity for this
    job. `note` is for people and changes nothing.

    Units: `walltime` as in parse_walltime (`00:20:00`, `20m`, a number is minutes); `memory` for
    each node (`4 GiB`, a number is MiB); `signal` as in parse_signal (`B:USR1@120`, seconds before
    the end); `notify` as in parse_notify (`end,fail:me@example.org`); `licenses` as in
    parse_licenses (`matlab:2`); `retries` is how often it is tried again, or a rule (Retries).
    `inputs` are files beside the program that are copied to the job's
    directory; `secrets` are files there that only the job can read, in the folder `$CMX_SECRETS`,
    gone when the job has ended; `outputs` are files, or patterns, that are brought back. `native`
    are options in the scheduler's own words; `directives` are whole lines of the script, as they
    are (`#BB ...`, `#DW ...`, `#SBATCH hetjob`).
    Errors: ExperimentError with everything that is wrong with it.
    """

    command: str | Text | pulumi.Output[str]
    nodes: int = 1
    ntasks_per_node: int = 1
    cpus_per_task: int = 1
    gpus_per_node: int = 0
    cluster: str | None = None
    walltime: str | int | timedelta | None = None
    memory: str | int | None = None
    queue: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    reservation: str | None = None
    licenses: str | Mapping[str, int] | None = None
    exclusive: bool = False
    signal: str | None = None
    notify: str | None = None
    retries: int | Retries | None = None
    after: AfterWhat = ()
    modules: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    inputs: Sequence[str] = ()
    outputs: Sequence[str] = ()
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    secrets: Mapping[str, str | pulumi.Output[str]] = field(default_factory=dict, repr=False)
    native: Mapping[str, str] = field(default_factory=dict)
    directives: Sequence[str] = ()
    rerun_on: Sequence[str | pulumi.Output[Any]] = ()
    note: str = ""

    def __post_init__(self) -> None:
        problems = [
            *bad_counts(self._counts(), least=1),
            *bad_counts({"gpus_per_node": self.gpus_per_node}, least=0),
            *self._bad_quantities(),
            *bad_texts(self._texts()),
            *bad_lists(self._lists()),
            *bad_after(self.after),
            *bad_directives(self.directives),
            *bad_secret_names(self.secrets),
            *bad_triggers(self.rerun_on, known=LIMITS),
        ]
        problems += [
            f"an output cannot be called {name}: cmx writes a file of that name"
            for name in _OURS
            if name in self.outputs
        ]
        written = self.command.template if isinstance(self.command, Text) else self.command
        if isinstance(written, str) and not written.strip():
            problems.append("command is empty")
        if isinstance(written, str) and _NOT_KNOWN in written:
            problems.append("command holds a value that is not known yet: use cmx.fmt, no f-string")
        if problems:
            raise ExperimentError("; ".join(problems))

    def _counts(self) -> dict[str, Any]:
        return {
            "nodes": self.nodes,
            "ntasks_per_node": self.ntasks_per_node,
            "cpus_per_task": self.cpus_per_task,
        }

    def _texts(self) -> dict[str, Any]:
        names = ("queue", "account", "qos", "constraint", "reservation")
        return {name: getattr(self, name) for name in names}

    def _lists(self) -> dict[str, Any]:
        names = ("modules", "inputs", "outputs", "directives", "rerun_on")
        return {name: getattr(self, name) for name in names}

    def _bad_quantities(self) -> list[str]:
        parsers: dict[str, Callable[[Any], object]] = {
            "cluster": parse_cluster,
            "walltime": parse_walltime,
            "memory": parse_memory,
            "licenses": parse_licenses,
            "signal": parse_signal,
            "notify": parse_notify,
            "retries": parse_retries,
        }
        problems = []
        for name, parse in parsers.items():
            value = getattr(self, name)
            if value is not None:
                problems += _problem(name, parse, value)
        return problems

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
            **self._counts(),
            "gpus_per_node": self.gpus_per_node or None,
            "cluster": _read(parse_cluster, self.cluster),
            **self._limits(),
            "modules": list(self.modules),
            "environment": dict(self.environment),
            "directives": [line.rstrip() for line in self.directives],
            "inputs": {name: _sha256(file) for name, file in files.items()},
            "sources": {name: _relative(file, project_dir) for name, file in files.items()},
            "secrets": {key: pulumi.Output.secret(one) for key, one in self.secrets.items()},
            "note": self.note,
        }
        props["triggers"] = self._triggers(props)
        return {key: value for key, value in props.items() if value not in (None, {}, [], "")}

    def _limits(self) -> dict[str, Any]:
        return {
            "walltime_s": _read(parse_walltime, self.walltime),
            "memory_mb": _read(parse_memory, self.memory),
            **self._texts(),
            "licenses": _read(parse_licenses, self.licenses),
            "exclusive": self.exclusive or None,
            "signal": _read(parse_signal, self.signal),
            "notify": _read(parse_notify, self.notify),
            "retries": _read(parse_retries, self.retries),
            "native": dict(self.native),
        }

    def _triggers(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Return what else makes it this run: named fields, and values of other resources."""
        triggers: dict[str, Any] = {}
        for index, each in enumerate(self.rerun_on):
            if isinstance(each, str):
                key = LIMITS.get(each, each)
                triggers[each] = props.get(key)
            else:
                triggers[str(index)] = each
        return {key: value for key, value in triggers.items() if value is not None}

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


def _read(parse: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else parse(value)


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
