"""Give every asset and archive among some values the digest of what it holds.

A changed file is then a changed value, although its path is the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from cloudmesh_iac.core.paths import Path as Place
from cloudmesh_iac.core.paths import path_text
from cloudmesh_iac.core.values import (
    Archive,
    Asset,
    OutputValue,
    Properties,
    Secret,
    Value,
    children,
)
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.program.asset_content import Unreadable, is_archive_file, members_of, opened
from cloudmesh_iac.program.tar_digest import tar_digest

_PIECE = 1 << 20


def lacks_digests(properties: Properties) -> bool:
    """Say whether there is an asset among these values whose content nobody has looked at."""
    return any(map(_lacks, properties.values()))


def _lacks(value: Value) -> bool:
    if isinstance(value, Asset | Archive):
        return not value.sha256
    return any(map(_lacks, children(value)))


def with_digests(properties: Properties, *, folder: Path, about: str) -> dict[str, Value]:
    """Return the values with the digests of all assets; their paths are relative to `folder`.

    Errors: ExperimentError that says which property of what cannot be read, and why.
    """
    look = _Look(folder, about)
    return {key: look.at(value, (key,)) for key, value in properties.items()}


@dataclass(frozen=True, slots=True)
class _Look:
    folder: Path
    about: str

    def at(self, value: Value, place: Place) -> Value:
        if isinstance(value, Asset | Archive):
            return self.into(value, place)
        if isinstance(value, Secret):
            return Secret(self.at(value.value, place))
        if isinstance(value, OutputValue):
            return replace(value, value=self.at(value.value, place))
        if isinstance(value, tuple):
            return tuple(self.at(item, (*place, number)) for number, item in enumerate(value))
        if isinstance(value, Mapping):
            return {key: self.at(item, (*place, key)) for key, item in value.items()}
        return value

    def into(self, value: Asset | Archive, place: Place) -> Asset | Archive:
        if value.sha256:
            return value
        if isinstance(value, Archive):
            inside = ((name, self.into(one, (*place, name))) for name, one in value.members)
            value = replace(value, members=tuple(inside))
        try:
            return replace(value, sha256=_digest(value, self.folder))
        except (Unreadable, OSError) as error:
            raise ExperimentError(f"{self.about}: {path_text(place)}: {_why(error)}") from error


def _digest(value: Asset | Archive, folder: Path) -> str:
    if isinstance(value, Archive) and not is_archive_file(value):
        return tar_digest(members_of(value, folder))
    with opened(value, folder) as stream:
        return _digest_of(stream)


def _digest_of(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while piece := stream.read(_PIECE):
        digest.update(piece)
    return digest.hexdigest()


def _why(error: Unreadable | OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"there is no {error.filename}"
        case OSError(strerror=str(reason)) if error.filename:
            return f"{error.filename} cannot be read: {reason}"
        case _:
            return str(error)
