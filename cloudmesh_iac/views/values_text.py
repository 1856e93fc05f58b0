"""How does a value look, on one line?"""

import json
from collections.abc import Mapping

from cloudmesh_iac.core.values import (
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Reference,
    Secret,
    Unknown,
    Value,
)
from cloudmesh_iac.views.words import one_line, title

SECRET = "[secret]"  # noqa: S105 - what stands in the place of one
UNKNOWN_TEXT = "(known after up)"
NOT_SET = "(not set)"

_EXACT = 2.0**53
LONGEST = 60
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=,+@%^*[]$~")


def value_text(value: Value) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each kind of value
    """Return one line for a value, at full length."""
    match value:
        case None:
            return NOT_SET
        case bool():
            return "true" if value else "false"
        case float():
            return number_text(value)
        case int():
            return str(value)
        case str():
            return _string(value)
        case Unknown():
            return UNKNOWN_TEXT
        case Secret():
            return SECRET
        case OutputValue():
            return SECRET if value.is_secret else value_text(value.value)
        case Reference():
            return title(value.urn)
        case Asset() | Archive():
            return _asset(value)
        case tuple():
            return f"[{', '.join(value_text(item) for item in value)}]"
        case Mapping():
            pairs = (f"{one_line(key)}: {value_text(value[key])}" for key in sorted(value))
            return f"{{{', '.join(pairs)}}}"


def number_text(number: float) -> str:
    """Whole doubles are shown as integers: all numbers are doubles on Pulumi's wire."""
    return str(int(number)) if number.is_integer() and abs(number) < _EXACT else repr(number)


def _string(text: str) -> str:
    if text and _PLAIN.issuperset(text):
        return text
    return one_line(json.dumps(text, ensure_ascii=False))


def _asset(value: Asset | Archive) -> str:
    if value.kind is AssetKind.TEXT:
        return f"text of {len(value.content.splitlines())} lines"
    if value.kind is None:
        return f"archive of {len(getattr(value, 'members', ()))} members"
    return _string(value.content)


def shorten(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else f"{text[: longest - 3]}..."
