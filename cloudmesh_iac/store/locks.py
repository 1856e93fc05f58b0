"""The rows that say who writes a stack of a SQLite file."""

import sqlite3
from datetime import datetime

from cloudmesh_iac.core.locks import Held, Holder, Stop, StopRequest
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.schema import version_of

_SINCE = 4  # the version of a file that knows when a lock was taken, and where its process counts
_FIND = (
    "SELECT user, host, pid, locks.started, purpose, {system}, token, beat, {since} FROM locks"
    " JOIN stacks ON stacks.id = locks.stack WHERE project = ? AND name = ?"
)
_TAKE = (
    "INSERT OR REPLACE INTO locks"
    " (stack, token, user, host, pid, started, purpose, system, since)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_BEAT = "UPDATE locks SET beat = beat + 1 WHERE stack = ? AND token = ?"
_GIVE_BACK = "DELETE FROM locks WHERE stack = ? AND token = ?"
_END = "DELETE FROM locks WHERE stack = ?"
_ASK = (
    "UPDATE locks SET stop = ?, stop_user = ?, stop_host = ? WHERE token = ? AND stack ="
    " (SELECT id FROM stacks WHERE project = ? AND name = ?)"
)
_ASKED = "SELECT stop, stop_user, stop_host FROM locks WHERE stack = ? AND stop != ''"


def read_lock(connection: sqlite3.Connection, stack: StackId) -> Held | None:
    """Return the lock of a stack, whether its holder lives or not."""
    is_new = version_of(connection) >= _SINCE
    query = _FIND.format(
        system="system" if is_new else "''", since="locks.since" if is_new else "''"
    )
    row: tuple[str, str, int, str, str, str, int, int, str] | None = connection.execute(
        query, (stack.project, stack.name)
    ).fetchone()
    if row is None:
        return None
    *_, token, beat, since = row
    began = datetime.fromisoformat(since) if since else None
    return Held(Holder(*row[:6]), token, beat, began)


def take_lock(connection: sqlite3.Connection, key: int, held: Held) -> None:
    one = held.holder
    since = held.since.isoformat() if held.since is not None else ""
    row = one.user, one.host, one.pid, one.started, one.purpose, one.system, since
    connection.execute(_TAKE, (key, held.token, *row))


def show_life(connection: sqlite3.Connection, key: int, token: int) -> bool:
    """Give a sign of life; False when the lock is another's by now."""
    return connection.execute(_BEAT, (key, token)).rowcount == 1


def give_back(connection: sqlite3.Connection, key: int, token: int) -> bool:
    """Free a lock; False when it is another's by now."""
    return connection.execute(_GIVE_BACK, (key, token)).rowcount == 1


def end_lock(connection: sqlite3.Connection, key: int) -> None:
    """Let nobody hold a stack whose holder is gone: if it was only paused, it has lost its lock."""
    connection.execute(_END, (key,))


def put_request(
    connection: sqlite3.Connection, stack: StackId, request: StopRequest, *, token: int
) -> None:
    """Ask the holder with this token to stop."""
    row = request.how.value, request.user, request.host, token, stack.project, stack.name
    connection.execute(_ASK, row)


def read_request(connection: sqlite3.Connection, key: int) -> StopRequest | None:
    row: tuple[str, str, str] | None = connection.execute(_ASKED, (key,)).fetchone()
    return None if row is None else StopRequest(Stop(row[0]), row[1], row[2])
