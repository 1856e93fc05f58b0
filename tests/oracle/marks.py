"""Values of our engine in the JSON of a history, both ways."""

from collections.abc import Callable, Mapping
from typing import Any

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    OutputValue,
    Properties,
    Secret,
    Unknown,
    Value,
)
from tests.oracle.case import Written
from tests.oracle.files import is_content, to_content, to_content_mark

REF, SECRET, UNKNOWN_MARK = "$ref", "$secret", "$unknown"
Look = Callable[[str, str], Value]


def to_marked(value: Value) -> Any:
    if isinstance(value, Unknown):
        return {UNKNOWN_MARK: True}
    if isinstance(value, Secret | OutputValue):
        inner = to_marked(value.value)
        return inner if isinstance(value, OutputValue) and not value.is_secret else {SECRET: inner}
    if isinstance(value, Asset | Archive):
        return to_content_mark(value)
    if isinstance(value, tuple):
        return [to_marked(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_marked(item) for key, item in value.items()}
    return value


def all_marked(properties: Properties) -> dict[str, Any]:
    return {key: to_marked(value) for key, value in properties.items()}


def resolved(written: Written, look: Look) -> Value:
    """Return the value of something written; `look` finds what a reference stands for."""
    if isinstance(written, Mapping):
        return _resolved_mark(written, look)
    if isinstance(written, tuple | list):
        return tuple(resolved(item, look) for item in written)
    found: Value = written
    return found


def _resolved_mark(written: Mapping[str, Written], look: Look) -> Value:
    if REF in written:
        key, output = written[REF]
        return look(key, output)
    if SECRET in written:
        return Secret(resolved(written[SECRET], look))
    if UNKNOWN_MARK in written:
        return UNKNOWN
    if is_content(written):
        return to_content(written)
    return {key: resolved(item, look) for key, item in written.items()}


def references(written: Written) -> set[str]:
    """Return the keys of the resources that a written value comes from."""
    if isinstance(written, Mapping):
        if REF in written:
            return {written[REF][0]}
        return {key for item in written.values() for key in references(item)}
    if isinstance(written, tuple | list):
        return {key for item in written for key in references(item)}
    return set()


def urn_list(urns: "tuple[Urn, ...]") -> list[str]:
    return [str(urn) for urn in urns]
