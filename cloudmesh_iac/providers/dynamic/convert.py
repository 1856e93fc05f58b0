"""Values as the engine has them, and as handler classes get them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import pulumi
from pulumi.output import Unknown as SdkUnknown

from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
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
    if isinstance(value, Unknown):
        return SdkUnknown()  # type: ignore[no-untyped-call]
    if isinstance(value, Secret | OutputValue):
        return to_python(value.value)
    if isinstance(value, tuple):
        return [to_python(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_python(item) for key, item in value.items()}
    return _to_sdk(value)


def to_properties(values: Mapping[str, Any] | None) -> dict[str, Value]:
    """Read what a handler returned; None at the top level is left out, as on the wire."""
    return {str(key): to_value(item) for key, item in (values or {}).items() if item is not None}


def to_value(value: Any) -> Value:
    """Errors: TypeError for things that no wire can carry."""
    match value:
        case SdkUnknown():
            return UNKNOWN
        case None | bool() | int() | float() | str():
            return _plain(value)
        case list() | tuple():
            return tuple(to_value(item) for item in value)
        case Mapping():
            return {str(key): to_value(item) for key, item in value.items()}
        case pulumi.Asset() | pulumi.Archive():
            return _from_asset(value)
        case _:
            raise TypeError(f"a handler returned {type(value).__name__}, which cannot be stored")


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


def _to_sdk(value: Value) -> Any:
    match value:
        case Reference():
            return str(value.urn) if value.id is None else to_python(value.id)
        case Asset():
            return _to_asset(value)
        case Archive():
            return _to_archive(value)
        case _:
            return value


def _to_asset(asset: Asset) -> pulumi.Asset:
    kinds = {
        AssetKind.TEXT: pulumi.StringAsset,
        AssetKind.PATH: pulumi.FileAsset,
        AssetKind.URI: pulumi.RemoteAsset,
    }
    return kinds[asset.kind](asset.content)


def _to_archive(archive: Archive) -> pulumi.Archive:
    if archive.kind is AssetKind.PATH:
        return pulumi.FileArchive(archive.content)
    if archive.kind is AssetKind.URI:
        return pulumi.RemoteArchive(archive.content)
    return pulumi.AssetArchive({name: to_python(member) for name, member in archive.members})


def _from_asset(value: pulumi.Asset | pulumi.Archive) -> Asset | Archive:
    match value:
        case pulumi.StringAsset():
            return Asset(AssetKind.TEXT, value.text)
        case pulumi.FileAsset():
            return Asset(AssetKind.PATH, str(value.path))
        case pulumi.RemoteAsset():
            return Asset(AssetKind.URI, value.uri)
        case pulumi.FileArchive():
            return Archive(AssetKind.PATH, value.path)
        case pulumi.RemoteArchive():
            return Archive(AssetKind.URI, value.uri)
        case pulumi.AssetArchive():
            named = sorted(value.assets.items())
            members = tuple((name, _from_asset(one)) for name, one in named)
            return Archive(None, "", members)
        case _:
            raise TypeError(f"{type(value).__name__} is no asset that can be stored")
