"""How does a plan look to a program: JSON, with a version."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from cloudmesh_iac.core.plans import Change, Plan, Reason
from cloudmesh_iac.core.records import Parameter
from cloudmesh_iac.core.values import (
    Archive,
    Asset,
    OutputValue,
    Properties,
    Reference,
    Secret,
    Unknown,
    Value,
)
from cloudmesh_iac.views.items import counts, items_of
from cloudmesh_iac.views.words import Verb

VERSION = 1

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


def plan_dict(plan: Plan) -> dict[str, Json]:
    """Return every change on its own, the two halves of a job too.

    `summary` counts as people do (a job once). Secrets are {"secret": true}, what is not known yet
    is {"unknown": true}.
    """
    number = counts(items_of(plan.changes))
    return {
        "version": VERSION,
        "project": plan.stack.project,
        "stack": plan.stack.name,
        "base_serial": plan.base_serial,
        "program": plan.program,
        "program_digest": plan.program_digest,
        "has_changes": plan.has_changes,
        "summary": {verb.name.lower(): number[verb] for verb in Verb if number.get(verb)},
        "parameters": [_parameter(parameter) for parameter in plan.parameters],
        "old_parameters": [_parameter(parameter) for parameter in plan.old_parameters],
        "changes": [_change(change) for change in plan.changes],
        "outputs": _properties(plan.outputs),
        "left_out": [str(urn) for urn in plan.left_out],
        "drift": [_change(change) for change in plan.drift],
        "unseen": list(plan.unseen),
    }


def plan_digest(plan: Plan) -> str:
    """Return the SHA-256 of the plan's canonical JSON, in hex."""
    return digest_of(plan_dict(plan))


def with_digest(plan: Plan) -> Plan:
    """Return the plan with its own digest, by which the history knows what was approved."""
    return replace(plan, digest=plan_digest(plan))


def digest_of(document: Mapping[str, Json]) -> str:
    """Return the SHA-256 of a document's canonical JSON, in hex: keys sorted, no spaces, ASCII."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def json_text(document: Mapping[str, Json] | list[Json]) -> str:
    """Return a document for stdout: indented, in the order of its keys, with a last line break."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def json_value(value: Value) -> Json:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case float():
            return _number(value)
        case bool() | int() | str() | None:
            return value
        case Unknown():
            return {"unknown": True}
        case Secret():
            return {"secret": True}
        case OutputValue():
            return {"secret": True} if value.is_secret else json_value(value.value)
        case Reference():
            return {"urn": value.urn, "id": json_value(value.id)}
        case Asset() | Archive():
            return _asset(value)
        case tuple():
            return [json_value(item) for item in value]
        case Mapping():
            return _properties(value)


def _number(number: float) -> Json:
    if not math.isfinite(number):
        return str(number)
    return int(number) if number.is_integer() else number


def _asset(value: Asset | Archive) -> Json:
    if isinstance(value, Asset):
        return {"asset": value.kind.value, "content": value.content, "sha256": value.sha256}
    return {
        "archive": value.kind.value if value.kind else "members",
        "content": value.content,
        "sha256": value.sha256,
        "members": {name: _asset(member) for name, member in value.members},
    }


def _properties(properties: Properties) -> dict[str, Json]:
    return {key: json_value(value) for key, value in properties.items()}


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "value": parameter.value,
        "default": parameter.default,
        "kind": parameter.kind,
        "origin": parameter.origin,
    }


def _change(change: Change) -> Json:
    return {
        "urn": change.urn,
        "type": change.type,
        "action": change.action.value,
        "certain": change.certain,
        "custom": change.custom,
        "parent": change.parent,
        "site": change.site,
        "reasons": [_reason(reason) for reason in change.reasons],
        "details": [{"path": one.path, "kind": one.kind.value} for one in change.details],
        "losses": list(change.losses),
        "steps": [{"op": step.op.value, "creation": step.creation} for step in change.steps],
        "source": str(change.source) if change.source else None,
        "dependents": list(change.dependents),
        "inputs": _properties(change.inputs) if change.action.is_change else {},
    }


def _reason(reason: Reason) -> Json:
    said: dict[str, Json] = {"cause": reason.cause.value}
    if reason.key:
        said |= {"key": reason.key, "old": json_value(reason.old), "new": json_value(reason.new)}
    if reason.urn:
        said["urn"] = reason.urn
    if reason.note:
        said["note"] = reason.note
    return said
