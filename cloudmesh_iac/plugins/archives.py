"""Unpack the archive of a plugin into its folder, whole or not at all."""

import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, flock
from pathlib import Path, PurePosixPath

from cloudmesh_iac.errors import CmxError

_LOCK = ".cmx.lock"
_PROGRAM_MODE = 0o755
_FILE_MODE = 0o644


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other runs from filling this folder meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / _LOCK).open("w") as file:
        flock(file, LOCK_EX)
        yield


def unpack(archive: Path, target: Path) -> None:
    """Fill `target`, which is not there yet, from a `.tar.gz`.

    It is filled under another name and then renamed: who finds it finds all of it. Errors: CmxError
    for what is no archive, is cut off, or wants to write elsewhere.
    """
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        with tarfile.open(archive, "r:gz") as content:
            for member in content:
                _write(content, member, draft)
        draft.chmod(_PROGRAM_MODE)
        with suppress(OSError):  # another run was first: theirs is as good
            draft.rename(target)
        if not target.is_dir():
            raise CmxError(f"{target} cannot be written")
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise CmxError(f"the archive cannot be unpacked: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _write(content: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> None:
    name = PurePosixPath(member.name)
    if name.is_absolute() or ".." in name.parts:
        raise CmxError(f"the archive wants to write outside of its folder: {member.name}")
    place = folder / name
    if member.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    source = content.extractfile(member) if member.isreg() else None
    if source is None:
        raise CmxError(
            f"the archive holds something that is neither file nor folder: {member.name}"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    mode = _PROGRAM_MODE if member.mode & 0o100 else _FILE_MODE
    with source, os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        shutil.copyfileobj(source, out)
