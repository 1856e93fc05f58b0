"""Values that Pulumi's SDK has classes of its own for: what is unknown, assets, archives."""

from typing import Any

import pulumi
from pulumi.output import Unknown as SdkUnknown

from cloudmesh_iac.core.values import UNKNOWN, Archive, Asset, AssetKind, Unknown


def to_sdk(value: Unknown | Asset | Archive) -> Any:
    """Return what a handler gets for it; each unknown value is a new one."""
    if isinstance(value, Unknown):
        return SdkUnknown()  # type: ignore[no-untyped-call]
    return _to_asset(value) if isinstance(value, Asset) else _to_archive(value)


def from_sdk(value: Any) -> Unknown | Asset | Archive:
    """Errors: TypeError for things that no wire can carry."""
    if isinstance(value, SdkUnknown):
        return UNKNOWN
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return _from_asset(value)
    raise TypeError(f"a handler returned {type(value).__name__}, which cannot be stored")


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
    return pulumi.AssetArchive({name: to_sdk(member) for name, member in archive.members})


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
