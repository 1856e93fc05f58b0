"""What makes a job the run that it is, and what only says where and how long it may run?"""

import hashlib
import json
from collections.abc import Mapping
from string import Formatter
from typing import Any

IDENTITY_KEYS = (
    "command",
    "arguments",
    "parameters",
    "inputs",
    "nodes",
    "ntasks_per_node",
    "cpus_per_task",
    "gpus_per_node",
    "modules",
    "environment",
    "directives",
    "cluster",
    "triggers",
)
"""A change of these is another run."""

LIMIT_KEYS = (
    "walltime_s",
    "memory_mb",
    "queue",
    "account",
    "qos",
    "constraint",
    "reservation",
    "licenses",
    "exclusive",
    "signal",
    "notify",
    "native",
    "max_running",
    "retries",
)
"""A change of these counts from the next run on; a finished run is left alone."""

REPLACING_KEYS = (*IDENTITY_KEYS, "site", "run", "project", "stack", "point")
"""A change of these needs a new submission."""

PLACEMENT_KEYS = ("placement", "secrets", "after", "site")
"""Where a run is, and what it is given there by others."""

SILENT_KEYS = ("placement", "secrets", "after", "token", "sources", "__provider")
"""Recorded with a run; never a reason for anything."""

_DIGEST_LENGTH = 16


def digest_of(props: Mapping[str, Any], run: int) -> str:
    """Return the start of the SHA-256 of the identity inputs; a rerun adds its number."""
    identity = {key: whole(props[key]) for key in IDENTITY_KEYS if props.get(key)}
    if run:
        identity["run"] = run
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST_LENGTH]


def whole(value: Any) -> Any:
    """Return a value with whole numbers as integers: under Pulumi's own host they are doubles."""
    if isinstance(value, Mapping):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def rendered_command(props: Mapping[str, Any]) -> str:
    """Return the command with its values put in.

    Only a template that came with values is one: braces of a plain command stay as they are.
    `arguments` and `placement` map the place in the template to a value.
    """
    values = {**(props.get("arguments") or {}), **(props.get("placement") or {})}
    command = str(props["command"])
    if not values:
        return command
    in_order = [whole(values[str(index)]) for index in range(len(values))]
    return command.format(*in_order)


def has_missing_values(props: Mapping[str, Any]) -> bool:
    """Say whether a value of another resource in the command is None, or has got lost as that."""
    values = {**(props.get("arguments") or {}), **(props.get("placement") or {})}
    if not values:
        return False  # a plain command, whose braces mean nothing
    places = {field for _, field, _, _ in Formatter().parse(str(props["command"])) if field}
    return any(values.get(place) is None for place in places)
