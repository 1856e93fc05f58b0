"""Values as plain JSON data, with the signature keys of a Pulumi checkpoint."""

import json
from collections.abc import Mapping
from typing import TypeAlias

from cloudmesh_iac.core.values import UNKNOWN, Properties, Secret, Unknown, Value
from cloudmesh_iac.wire.marks import SECRET, SIGNATURE, UNKNOWN_TEXT, UNKNOWNS, mark, unmark

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

_PLAINTEXT = "plaintext"
SEAL = "seal"
"""Under this key stands what a secret is told apart by that cannot be read."""
# ASCII keeps what a file name may hold and UTF-8 cannot: single surrogates.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


def to_plain(value: Value) -> Plain:
    """Return JSON-able data; a secret is an object that holds the JSON text of its value."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET, _PLAINTEXT: to_json(value.value)}
    return plain_properties(value if isinstance(value, Mapping) else mark(value))


def plain_properties(properties: Properties) -> dict[str, Plain]:
    return {key: to_plain(value) for key, value in properties.items()}


def from_plain(plain: object) -> Value:
    """Read what `json.loads` returned.

    Errors: ValueError for anything that JSON cannot hold, or a secret whose text is no JSON.
    """
    if isinstance(plain, str):
        return UNKNOWN if plain in UNKNOWNS else plain
    if plain is None or isinstance(plain, bool | int | float):
        return plain
    if isinstance(plain, list):
        return tuple([from_plain(item) for item in plain])
    if isinstance(plain, dict):
        fields = properties_from_plain(plain)
        return _unmark(fields) if SIGNATURE in fields else fields
    raise ValueError(f"a value cannot be a {type(plain).__name__}")


def properties_from_plain(plain: Mapping[str, object]) -> dict[str, Value]:
    return {key: from_plain(item) for key, item in plain.items()}


def to_json(value: Value) -> str:
    """Return canonical JSON: sorted keys, no spaces, ASCII only.

    Errors: ValueError for a number that is infinite or none at all.
    """
    return dump_json(to_plain(value))


def from_json(text: str) -> Value:
    """Read the JSON text of a value. Errors: ValueError."""
    return from_plain(json.loads(text, parse_constant=_refuse))


def dump_json(plain: object) -> str:
    """Write JSON-able data canonically: the same data gives the same bytes."""
    return _CANONICAL.encode(plain)


def _unmark(fields: dict[str, Value]) -> Value:
    text, seal = fields.get(_PLAINTEXT), fields.get(SEAL)
    if fields[SIGNATURE] == SECRET and isinstance(text, str):
        return Secret(from_json(text))
    if fields[SIGNATURE] == SECRET and isinstance(seal, str):
        return Secret(Unknown(seal))
    return unmark(fields)


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")
