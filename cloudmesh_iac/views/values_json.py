"""How does a value look to a program: JSON."""

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias

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

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Hide: TypeAlias = "Callable[[Value], Json]"
"""What stands in the place of a secret value."""


def hidden(_: Value) -> Json:
    return {"secret": True}


def told_apart(digest: Callable[[Value], str | None]) -> Hide:
    """Return what lets two secrets be told apart, but not be read.

    `digest` gives None where nothing can be said.
    """

    def hide(value: Value) -> Json:
        found = digest(value)
        return {"secret": True} | ({"may_have_changed": True} if found is None else {"hmac": found})

    return hide


def json_value(value: Value, hide: Hide = hidden) -> Json:  # noqa: PLR0911 - one line for each kind of value
    match value:
        case float():
            return _number(value)
        case bool() | int() | str() | None:
            return value
        case Unknown():
            return {"unknown": True}
        case Secret():
            return hide(value.value)
        case OutputValue():
            return hide(value.value) if value.is_secret else json_value(value.value, hide)
        case Reference():
            return {"urn": value.urn, "id": json_value(value.id, hide)}
        case Asset() | Archive():
            return _asset(value)
        case tuple():
            return [json_value(item, hide) for item in value]
        case Mapping():
            return json_properties(value, hide)


def json_properties(properties: Properties, hide: Hide = hidden) -> dict[str, Json]:
    return {key: json_value(value, hide) for key, value in properties.items()}


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
