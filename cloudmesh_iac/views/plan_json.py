"""How does a plan look to a program: JSON, with a version."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, replace

from cloudmesh_iac.core.plans import Change, ExpectedStart, Plan, Reason, RunAgain
from cloudmesh_iac.core.records import Parameter
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.hiding import shown
from cloudmesh_iac.views.items import counts
from cloudmesh_iac.views.values_json import Hide, Json, hidden, json_properties, json_value
from cloudmesh_iac.views.words import Verb

VERSION = 1


def plan_dict(plan: Plan, hide: Hide = hidden) -> dict[str, Json]:
    """Return every change on its own, the two halves of a job too.

    `summary` counts as people do (a job once). `hide` says what stands for a secret; what is not
    known yet is {"unknown": true}.
    """
    number = counts(things_of(plan.changes))
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
        "changes": [_change(change, hide) for change in plan.changes],
        "outputs": json_properties(plan.outputs, hide),
        "left_out": [str(urn) for urn in plan.left_out],
        "drift": [_change(change, hide) for change in plan.drift],
        "unseen": list(plan.unseen),
        **({"no_room": [asdict(one) for one in plan.no_room]} if plan.no_room else {}),
        **({"again": [_again(one) for one in plan.again]} if plan.again else {}),
        **({"warnings": list(plan.warnings)} if plan.warnings else {}),
    }


def _again(one: RunAgain) -> Json:
    hours = None if one.node_hours is None else round(one.node_hours, 6)
    return {"urn": one.urn, "node_hours": hours}


def plan_digest(plan: Plan, hide: Hide = hidden) -> str:
    """Return the SHA-256 of the plan's canonical JSON, in hex.

    When a job may start, how many have room and what sites warn of is no part of it: that is
    another guess at each look.
    """
    changes = tuple(
        change if change.expected_start is None else replace(change, expected_start=None)
        for change in plan.changes
    )
    return digest_of(plan_dict(replace(plan, changes=changes, no_room=(), warnings=()), hide))


def with_digest(plan: Plan, hide: Hide) -> Plan:
    """Return the plan with its own digest, by which the history knows what was approved."""
    return replace(plan, digest=plan_digest(plan, hide))


def digest_of(document: Mapping[str, Json]) -> str:
    """Return the SHA-256 of a document's canonical JSON, in hex: keys sorted, no spaces, ASCII."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def json_text(document: Mapping[str, Json] | list[Json]) -> str:
    """Return a document for stdout: indented, in the order of its keys, with a last line break."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _parameter(parameter: Parameter) -> Json:
    return {
        "name": parameter.name,
        "value": parameter.value,
        "default": parameter.default,
        "kind": parameter.kind,
        "origin": parameter.origin,
    }


def _change(change: Change, hide: Hide) -> Json:
    return {
        "urn": change.urn,
        "type": change.type,
        "action": change.action.value,
        "certain": change.certain,
        "custom": change.custom,
        "parent": change.parent,
        "site": change.site,
        "reasons": [_reason(reason, hide) for reason in change.reasons],
        "details": [{"path": one.path, "kind": one.kind.value} for one in change.details],
        "losses": list(change.losses),
        "interrupts": change.interrupts,
        "steps": [{"op": step.op.value, "creation": step.creation} for step in change.steps],
        "source": str(change.source) if change.source else None,
        "needs": list(change.needs),
        "dependents": list(change.dependents),
        "inputs": json_properties(change.inputs, hide) if change.action.is_change else {},
        **_expected(change.expected_start),
    }


def _expected(start: ExpectedStart | None) -> dict[str, Json]:
    if start is None:
        return {}
    said = {"at": start.at.isoformat(), "asked_at": start.asked_at.isoformat()}
    return {"expected_start": {**said}}


def _reason(reason: Reason, hide: Hide) -> Json:
    said: dict[str, Json] = {"cause": reason.cause.value}
    seen = shown(reason)
    reason = seen.reason
    if reason.key:
        old, new = json_value(reason.old, hide), json_value(reason.new, hide)
        said |= {"key": reason.key, "old": old, "new": new}
    if reason.urn:
        said["urn"] = reason.urn
    if reason.note:
        said["note"] = reason.note
    if seen.hidden:
        said["hidden"] = list(seen.hidden)
    return said
