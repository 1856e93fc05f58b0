"""What can the disk under a state file do, and how is the file kept there?

Memory that processes share, which SQLite's write-ahead log needs, does not reach across computers;
on a network file system the rollback journal is used. What it needs are file locks.
"""

import errno
import fcntl
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.store.mounts import filesystem_of, may_be_shared, read_mountinfo
from cloudmesh_iac.store.troubles import primary_code

_HELD_BY_ANOTHER = {errno.EACCES, errno.EAGAIN}
_CANNOT_TRY = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT}


def lock_file(descriptor: int) -> None:
    """Lock a file without waiting, in the way that SQLite does it. Errors: OSError."""
    fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Disk:
    """What this computer says of its file systems. Tests say something else."""

    mountinfo: Callable[[], str] = read_mountinfo
    lock: Callable[[int], None] = lock_file

    def is_shared(self, path: Path) -> bool:
        """Say whether other computers may have a file open."""
        return may_be_shared(path.resolve(), self.mountinfo())


DISK = Disk()


def raise_without_locks(path: Path, disk: Disk) -> None:
    """Errors: StoreUnusable when files beside this one cannot be locked."""
    try:
        with tempfile.TemporaryFile(dir=path.parent) as probe:
            _try_lock(probe.fileno(), path, disk)
    except OSError as error:
        if error.errno not in _CANNOT_TRY:  # else it may only be read here, which needs no more
            raise


def _try_lock(descriptor: int, path: Path, disk: Disk) -> None:
    try:
        disk.lock(descriptor)
    except OSError as error:
        if error.errno in _HELD_BY_ANOTHER:
            return
        type_ = filesystem_of(path.resolve(), disk.mountinfo()) or "of an unknown type"
        raise StoreUnusable(
            f"files cannot be locked where the state file {path} lies (file system {type_}:"
            f" {error.strerror}), so nothing would keep two runs apart",
            subject=str(path),
            hint="have it mounted with file locks (Lustre: flock, NFS: without nolock), or keep the"
            " state on another disk: CMX_STORE=/path/to/cmx.db",
        ) from error


def settle_mode(connection: sqlite3.Connection, path: Path, *, is_shared: bool) -> None:
    """Take a file out of the mode that does not reach across computers, if it may have to.

    Errors: StoreUnusable when somebody uses it in that mode now.
    """
    if not is_shared:
        return
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.OperationalError as error:
        if primary_code(error) != sqlite3.SQLITE_BUSY:
            raise
        raise StoreUnusable(
            f"the state file {path} is in use as on a disk of one computer, and lies on a network"
            " file system for this one",
            subject=str(path),
            hint="let the other command end, then repeat this one: it makes the file fit for both",
        ) from error


def choose_mode(connection: sqlite3.Connection, *, is_shared: bool) -> None:
    """Choose the mode of a new file. One that was used on a network file system stays as it is."""
    if is_shared:
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as error:
        # Somebody else makes the file just now. Both modes are safe on one computer.
        if primary_code(error) != sqlite3.SQLITE_BUSY:
            raise
