"""What do a program's assets hold? Streams of bytes: one of an asset, several of an archive.

The rules are those of Pulumi's Go SDK, also where they surprise: `.pulumi` folders and links to
folders are passed over, and what a file is called decides whether it is an archive.
"""

import os
import posixpath
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Literal
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

from cloudmesh_iac.core.values import Archive, Asset, AssetKind

_PASSED_OVER = ".pulumi"
_TAR, _TAR_GZ, _ZIP = (".tar",), (".tgz", ".tar.gz"), (".zip", ".jar")
_PATIENCE_S = 60.0


class Unreadable(Exception):
    """There is something wrong with what an asset stands for; the message says what."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive; it has to be read before the next one is asked for."""

    name: bytes
    size: int
    stream: IO[bytes]


def is_archive_file(archive: Archive) -> bool:
    """Say whether an archive is one file, as its name tells."""
    return archive.kind is not None and bool(_format_of(archive))


@contextmanager
def opened(asset: Asset | Archive, folder: Path) -> Iterator[BinaryIO]:
    """Open an asset, or an archive that is a file. Errors: Unreadable, OSError."""
    match asset.kind:
        case AssetKind.PATH:
            with _opened_file(folder / asset.content) as file:
                yield file
        case AssetKind.URI:
            with _fetched(asset.content) as file:
                yield file
        case _:
            yield BytesIO(asset.content.encode("utf-8", "surrogatepass"))


def members_of(archive: Archive, folder: Path) -> Iterator[Member]:
    """Yield the files of an archive, also of archives in it. Errors: Unreadable, OSError."""
    if archive.kind is None:
        for name, member in sorted(archive.members, key=lambda one: one[0].encode()):
            yield from _members_of_one(name.encode(), member, folder)
    elif not is_archive_file(archive):
        if archive.kind is AssetKind.URI:
            raise Unreadable(f"{archive.content} is no archive that is known by its name")
        yield from _files_below(folder / archive.content)
    else:
        with opened(archive, folder) as file:
            yield from _members_of_file(archive, file)


def _members_of_one(name: bytes, member: Asset | Archive, folder: Path) -> Iterator[Member]:
    if isinstance(member, Archive):
        for inner in members_of(member, folder):
            yield Member(cleaned(name + b"/" + inner.name), inner.size, inner.stream)
        return
    with opened(member, folder) as stream:
        if member.kind is AssetKind.PATH:
            yield Member(name, os.fstat(stream.fileno()).st_size, stream)
        else:
            content = stream.read()
            yield Member(name, len(content), BytesIO(content))


def _files_below(root: Path) -> Iterator[Member]:
    if not root.is_dir():
        raise Unreadable(f"{root} is neither a folder nor a known kind of archive")
    if root.is_symlink():
        raise Unreadable(f"{root} is a link to a folder, which holds no files itself")
    for path in _walked(root):
        with _opened_file(path) as file:
            name = os.fsencode(path.relative_to(root))
            yield Member(name, os.fstat(file.fileno()).st_size, file)


def _walked(path: Path) -> Iterator[Path]:
    """Yield the files of a folder, the names of each folder in the order of their bytes."""
    if path.name == _PASSED_OVER:
        return
    if not path.is_dir():
        yield path
    elif not path.is_symlink():
        for inner in sorted(path.iterdir(), key=lambda one: os.fsencode(one.name)):
            yield from _walked(inner)


def _members_of_file(archive: Archive, file: BinaryIO) -> Iterator[Member]:
    try:
        match _format_of(archive):
            case "zip":
                yield from _zipped(BytesIO(file.read()) if not file.seekable() else file)
            case compression:
                yield from _tarred(file, compression)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, ValueError) as error:
        raise Unreadable(f"{archive.content} is a damaged archive: {error}") from error


def _tarred(file: BinaryIO, compression: str) -> Iterator[Member]:
    mode: Literal["r|gz", "r|"] = "r|gz" if compression == "tar.gz" else "r|"
    with tarfile.open(fileobj=file, mode=mode, encoding="utf-8") as tar:
        for info in tar:
            if info.isdir():
                continue
            stream = tar.extractfile(info) if info.isreg() else None
            if stream is None:
                raise Unreadable(f"{info.name} is neither a file nor a folder in its archive")
            name = info.name.encode("utf-8", "surrogateescape")
            yield Member(cleaned(name), info.size, stream)


def _zipped(file: BinaryIO) -> Iterator[Member]:
    with zipfile.ZipFile(file) as zipped:
        for info in zipped.infolist():
            if info.is_dir():
                continue
            encoding = "utf-8" if info.flag_bits & 0x800 else "cp437"  # else the bytes as they are
            with zipped.open(info) as stream:
                name = info.orig_filename.encode(encoding)
                yield Member(cleaned(name), info.file_size, stream)


def _opened_file(path: Path) -> BinaryIO:
    if not stat.S_ISREG(path.stat().st_mode):
        what = "is a folder: give it as an archive" if path.is_dir() else "is no file"
        raise Unreadable(f"{path} {what}")
    return path.open("rb")


@contextmanager
def _fetched(uri: str) -> Iterator[BinaryIO]:
    """Open what stands at an address. Errors: Unreadable, OSError."""
    parts = urlsplit(uri)
    match parts.scheme:
        case "http" | "https":
            with urlopen(uri, timeout=_PATIENCE_S) as answer:  # noqa: S310 - the schemes are these
                yield answer
        case "file" if parts.netloc in {"", "localhost"} and not (parts.query or parts.fragment):
            with _opened_file(Path(unquote(parts.path))) as file:
                yield file
        case _:
            raise Unreadable(f"{uri}: nobody here knows how to fetch that")


def _format_of(archive: Archive) -> str:
    """Return `tar`, `tar.gz` or `zip`; empty for what is no archive by its name."""
    name = archive.content
    if archive.kind is AssetKind.URI:
        name = urlsplit(name).path
    formats = {"tar": _TAR, "tar.gz": _TAR_GZ, "zip": _ZIP}
    return next((one for one, endings in formats.items() if name.endswith(endings)), "")


def cleaned(name: bytes) -> bytes:
    """Return the shortest name of the same file."""
    clean = posixpath.normpath(name)
    return clean[1:] if clean.startswith(b"//") else clean
