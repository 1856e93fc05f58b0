"""What SQLite and the file system complain about, in our words."""

import errno
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.errors import StoreUnusable

_PRIMARY = 0xFF  # SQLite's extended codes keep the primary one in their last byte

_READ_ONLY = (
    "cannot be written",
    "make the file and its folder writable for you, or name another file",
)
_FULL = ("does not fit on its disk any more", "free some space or quota, then repeat the command")
_CORRUPT = ("is damaged", "move the file away, then restore a copy of it: cmx state restore FILE")
_BUSY = (
    "has been busy with another process for too long",
    "repeat the command; if it stays so, look for a stopped process that has the file open",
)
_GONE = ("cannot be opened", "see whether its folder exists and may be entered by you")
_UNREADABLE = ("cannot be read or written", "see whether the disk it lies on is well")

_SQLITE: Mapping[int, tuple[str, str]] = {
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CORRUPT: _CORRUPT,
    sqlite3.SQLITE_NOTADB: (
        "is not a state file of cmx",
        "name another file; this one was not touched",
    ),
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_CANTOPEN: _GONE,
}
_OS: Mapping[int, tuple[str, str]] = {
    errno.EROFS: _READ_ONLY,
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.ENOENT: _GONE,
    errno.ENOTDIR: _GONE,
    errno.EEXIST: _GONE,  # a file stands where its folder should be
}


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn errors of SQLite and of the file system into StoreUnusable, which names the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise _unusable(path, _SQLITE.get(primary_code(error), _UNREADABLE), error) from error
    except OSError as error:
        raise _unusable(path, _OS.get(error.errno or 0, _UNREADABLE), error) from error


@contextmanager
def translated_texts(path: Path) -> Iterator[None]:
    """Turn texts of the state file that cannot be read back into StoreUnusable."""
    try:
        yield
    except ValueError as error:
        raise _unusable(path, _CORRUPT, error) from error


@contextmanager
def unstorable(path: Path, urn: Urn) -> Iterator[None]:
    """Turn a value that no state file can hold into StoreUnusable, which names its resource."""
    try:
        yield
    except ValueError as error:
        raise StoreUnusable(
            f"{urn} has a value that cannot be written to the state file {path} ({error})",
            subject=urn,
            hint="state holds texts and finite numbers; see what the provider returned for it",
        ) from error


def primary_code(error: sqlite3.Error) -> int:
    """Return SQLite's code of an error; 0 where Python itself complains."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & _PRIMARY


def _unusable(path: Path, words: tuple[str, str], error: Exception) -> StoreUnusable:
    what, hint = words
    first_line = (str(error).splitlines() or [""])[0]
    return StoreUnusable(
        f"the state file {path} {what} ({first_line})", subject=str(path), hint=hint
    )
