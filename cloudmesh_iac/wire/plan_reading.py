"""Read the JSON of a plan back into a plan, to look at it again. Nobody carries that out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import (
    Cause,
    Change,
    Detail,
    DetailKind,
    ExpectedStart,
    NoRoom,
    Plan,
    Reason,
    RunAgain,
    Step,
)
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.core.registrations import Source
from cloudmesh_iac.core.urns import ResourceType, Urn
from cloudmesh_iac.core.values import UNKNOWN, Asset, AssetKind, Properties, Secret, Value


def to_plan(told: Mapping[str, Any]) -> Plan:
    """Return the plan; what its secrets were, its JSON does not say.

    Errors: KeyError, TypeError, ValueError for what is no plan's JSON.
    """
    return Plan(
        stack=StackId(told["project"], told["stack"]),
        base_serial=told["base_serial"],
        changes=tuple(map(_change, told["changes"])),
        program=told["program"],
        program_digest=told["program_digest"],
        parameters=tuple(Parameter(**one) for one in told["parameters"]),
        old_parameters=tuple(Parameter(**one) for one in told["old_parameters"]),
        outputs=_properties(told["outputs"]),
        left_out=tuple(map(Urn, told["left_out"])),
        drift=tuple(map(_change, told["drift"])),
        unseen=tuple(map(Urn, told["unseen"])),
        no_room=tuple(NoRoom(**one) for one in told.get("no_room", ())),
        again=tuple(RunAgain(Urn(one["urn"]), one["node_hours"]) for one in told.get("again", ())),
    )


def _change(told: Mapping[str, Any]) -> Change:
    urn = Urn(told["urn"])
    return Change(
        urn=urn,
        type=ResourceType(told["type"]),
        action=Action(told["action"]),
        certain=told["certain"],
        custom=told["custom"],
        parent=None if told["parent"] is None else Urn(told["parent"]),
        site=told["site"],
        reasons=tuple(map(_reason, told["reasons"])),
        details=tuple(Detail(one["path"], DetailKind(one["kind"])) for one in told["details"]),
        losses=tuple(told["losses"]),
        steps=tuple(Step(Op(one["op"]), urn, one["creation"]) for one in told["steps"]),
        source=_source(told["source"]),
        dependents=tuple(map(Urn, told["dependents"])),
        needs=tuple(map(Urn, told["needs"])),
        interrupts=told["interrupts"],
        inputs=_properties(told["inputs"]),
        expected_start=_expected(told.get("expected_start")),
    )


def _expected(told: Mapping[str, str] | None) -> ExpectedStart | None:
    if told is None:
        return None
    at, asked_at = (datetime.fromisoformat(told[key]) for key in ("at", "asked_at"))
    return ExpectedStart(at, asked_at)


def _reason(told: Mapping[str, Any]) -> Reason:
    return Reason(
        Cause(told["cause"]),
        key=told.get("key", ""),
        old=_value(told.get("old")),
        new=_value(told.get("new")),
        urn=Urn(told["urn"]) if "urn" in told else None,
        note=told.get("note", ""),
        hides=tuple(told.get("hidden", ())),
    )


def _source(text: str | None) -> Source | None:
    if text is None:
        return None
    file, _, line = text.rpartition(":")
    return Source(file, int(line))


def _properties(told: Mapping[str, Any]) -> Properties:
    return {key: _value(value) for key, value in told.items()}


def _value(told: Any) -> Value:
    if isinstance(told, list):
        return tuple(map(_value, told))
    if not isinstance(told, dict):
        return told  # type: ignore[no-any-return]  # a plain JSON value
    if told == {"unknown": True}:
        return UNKNOWN
    if told.get("secret") is True:
        return Secret(str(told.get("hmac", "")))
    if told.keys() == {"asset", "content", "sha256"}:
        return Asset(AssetKind(told["asset"]), told["content"], told["sha256"])
    return {key: _value(value) for key, value in told.items()}
