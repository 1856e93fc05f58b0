"""The files of a history, and the assets and archives that stand for them."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.values import Archive, Asset, AssetKind
from tests.oracle.case import Written

ASSET, ARCHIVE = "$asset", "$archive"


def write_files(folder: str, files: Mapping[str, str | None]) -> None:
    """Make the files of a generation; one without a text is taken away."""
    for name, text in files.items():
        path = Path(folder, name)
        if text is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def is_content(written: Mapping[str, Written]) -> bool:
    return ASSET in written or ARCHIVE in written


def to_content(written: Mapping[str, Written]) -> Asset | Archive:
    """Return the asset or archive of a mark, without a digest."""
    said = written.get(ASSET) or written.get(ARCHIVE) or {}
    kind = next((kind for kind in AssetKind if kind in said), None)
    content = said[kind] if kind is not None else ""
    if ASSET in written:
        return Asset(kind or AssetKind.TEXT, content)
    members = ((name, to_content(one)) for name, one in sorted(said.get("assets", {}).items()))
    return Archive(kind, content, tuple(members))


def to_content_mark(value: Asset | Archive) -> Any:
    said: dict[str, Any] = {"hash": value.sha256}
    if value.kind is not None and value.content:
        said[value.kind.value] = value.content
    if isinstance(value, Asset):
        return {ASSET: said}
    if value.kind is None:
        said["assets"] = {name: to_content_mark(one) for name, one in value.members}
    return {ARCHIVE: said}
