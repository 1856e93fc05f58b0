"""One SQLite file: how it is opened, and its transactions."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.store.disks import DISK, Disk, choose_mode, raise_without_locks, settle_mode
from cloudmesh_iac.store.schema import is_ours, make_tables
from cloudmesh_iac.store.troubles import translated
from cloudmesh_iac.store.upgrading import bring_up_to_date

_BUSY_S = 30.0


class Database:
    """A state file, opened when it is first needed; its one connection serves one thread at a time.

    The file is locked for as long as a transaction lasts, never longer.
    """

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self.path = path
        self._disk = disk
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._identity = (0, 0)
        self._is_writable = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """Read one state of the file; None when there is none yet, and none is made."""
        with self._lock, translated(self.path):
            connection = self._open_for_reading()
            if connection is None:
                yield None
                return
            with _transaction(connection, "BEGIN"):
                yield connection if is_ours(connection, self.path) else None

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Write all or nothing; durable when it ends."""
        with self._lock, translated(self.path):
            connection = self._open_for_writing()
            with _transaction(connection, "BEGIN IMMEDIATE"):
                yield connection

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None
            self._is_writable = False

    def _open_for_reading(self) -> sqlite3.Connection | None:
        if self._connection is not None and self._is_moved():
            self._connection.close()
            self._connection = None
            self._is_writable = False
        if self._connection is None and not self.path.exists():
            return None
        return self._connection or self._connect()

    def _open_for_writing(self) -> sqlite3.Connection:
        if self._connection is not None and self._is_moved():
            raise StoreUnusable(
                f"the state file {self.path} was moved or deleted while it was in use",
                subject=str(self.path),
                hint="put the file back before the command is repeated",
            )
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.touch(mode=0o600, exist_ok=True)
        connection = self._connection or self._connect()
        if not self._is_writable:
            self._prepare(connection)
            self._is_writable = True
        return connection

    def _connect(self) -> sqlite3.Connection:
        is_shared = self._disk.is_shared(self.path)
        if is_shared:
            raise_without_locks(self.path, self._disk)
        connection = sqlite3.connect(
            self.path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            if is_ours(connection, self.path):  # a file of others is not touched
                settle_mode(connection, self.path, is_shared=is_shared)
        except BaseException:
            connection.close()
            raise
        stat = self.path.stat()
        self._identity = stat.st_dev, stat.st_ino
        self._connection = connection
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        if not is_ours(connection, self.path):
            choose_mode(connection, is_shared=self._disk.is_shared(self.path))
        with _transaction(connection, "BEGIN IMMEDIATE"):
            if is_ours(connection, self.path):
                bring_up_to_date(connection)
            else:
                make_tables(connection)

    def _is_moved(self) -> bool:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return True
        return (stat.st_dev, stat.st_ino) != self._identity


@contextmanager
def _transaction(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # some errors have already taken everything back
            connection.execute("ROLLBACK")
        raise
