"""Values as the engine has them, and as handler classes get them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib import import_module
from types import ModuleType
from typing import Any, TypeAlias

from cloudmesh_iac.core.values import (
    Archive,
    Asset,
    OutputValue,
    Properties,
    Reference,
    Secret,
    Unknown,
    Value,
    children,
    marked,
    secret_keys,
)

Scalar: TypeAlias = bool | int | float | str | None


def to_python(value: Value) -> Any:
    """Return what a handler gets: plain data, secrets unwrapped, a new Unknown for each unknown."""
    if isinstance(value, Unknown | Asset | Archive):
        return _sdk().to_sdk(value)
    if isinstance(value, Secret | OutputValue):
        return to_python(value.value)
    if isinstance(value, tuple):
        return [to_python(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_python(item) for key, item in value.items()}
    if isinstance(value, Reference):
        return str(value.urn) if value.id is None else to_python(value.id)
    return value


def to_properties(values: Mapping[str, Any] | None) -> dict[str, Value]:
    """Read what a handler returned; None at the top level is left out, as on the wire."""
    return {str(key): to_value(item) for key, item in (values or {}).items() if item is not None}


def to_value(value: Any) -> Value:
    """Errors: TypeError for things that no wire can carry."""
    match value:
        case None | bool() | int() | float() | str():
            return _plain(value)
        case list() | tuple():
            return tuple(to_value(item) for item in value)
        case Mapping():
            return {str(key): to_value(item) for key, item in value.items()}
        case _:
            found: Unknown | Asset | Archive = _sdk().from_sdk(value)
            return found


def _sdk() -> ModuleType:
    """Return what knows Pulumi's own classes; loading the SDK takes a third of a second."""
    return import_module("cloudmesh_iac.providers.dynamic.sdk_values")


def _plain(value: Scalar) -> Scalar:
    """Return an enum's member as what it stands for: its class may be the program's own."""
    if value is None or type(value) in {bool, int, float, str}:
        plain = value
    elif isinstance(value, str):
        plain = str.__str__(value)
    else:
        plain = int(value) if isinstance(value, int) else float(value)
    if isinstance(plain, float) and not math.isfinite(plain):
        raise TypeError(f"a handler returned {plain}, which is no number that can be stored")
    return plain


def marked_again(outputs: Mapping[str, Value], inputs: Properties) -> dict[str, Value]:
    """Put back what a handler does not see.

    Each output is secret whose input of the same name holds a secret, and an asset that was among
    the inputs has its digest again.
    """
    digested = {_undigested(asset): asset for asset in _assets_in(inputs)}
    if digested:
        outputs = {key: _with_digests(value, digested) for key, value in outputs.items()}
    return marked(outputs, secret_keys(inputs))


def _assets_in(value: Value) -> Iterator[Asset | Archive]:
    if isinstance(value, Asset | Archive):
        yield value
    for child in children(value):
        yield from _assets_in(child)


def _undigested(asset: Asset | Archive) -> Asset | Archive:
    if isinstance(asset, Asset):
        return replace(asset, sha256="")
    members = ((name, _undigested(one)) for name, one in asset.members)
    return replace(asset, sha256="", members=tuple(members))


def _with_digests(value: Value, digested: Mapping[Asset | Archive, Asset | Archive]) -> Value:
    if isinstance(value, Asset | Archive):
        return digested.get(value, value)
    if isinstance(value, tuple):
        return tuple(_with_digests(item, digested) for item in value)
    if isinstance(value, Mapping):
        return {key: _with_digests(item, digested) for key, item in value.items()}
    return value
