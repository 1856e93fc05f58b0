"""What does a state file of an older version lack?"""

import sqlite3
from collections.abc import Callable, Mapping

from cloudmesh_iac.core.chain import bound
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.schema import (
    CHAIN_TABLES,
    COPY_TABLE,
    POOL_TABLES,
    VERSION,
    run_all,
    version_of,
)

_CHAIN_COLUMNS = """
ALTER TABLE updates ADD COLUMN number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE updates ADD COLUMN previous TEXT NOT NULL DEFAULT '';
ALTER TABLE updates ADD COLUMN start_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE updates ADD COLUMN end_hash TEXT;
DROP INDEX updates_of_stack
"""
# As they were in the versions 3 and 4: one for all stacks.
_FIRST_COPIES = "CREATE TABLE copies (digest TEXT PRIMARY KEY, body BLOB NOT NULL)"
_STARTS = "SELECT DISTINCT project, stack, json_extract(started, '$.origin.copy') FROM updates"
_KEEP = (
    "INSERT INTO copies (project, stack, digest, body)"
    " SELECT ?, ?, digest, body FROM copies_before WHERE digest = ?"
)
_STACKS = "SELECT DISTINCT project, stack FROM updates"
_ENTRIES = (
    "SELECT id, started, ifnull(ended, '') FROM updates WHERE project = ? AND stack = ? ORDER BY id"
)
_BIND = (
    "UPDATE updates SET number = ?, previous = ?, start_hash = ?, end_hash = nullif(?, '')"
    " WHERE id = ?"
)
_SET_HEAD = "INSERT INTO chains (project, stack, length, head) VALUES (?, ?, ?, ?)"


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Give a file of an older version what it lacks, inside the transaction that is open."""
    for version in range(version_of(connection), VERSION):
        _SINCE[version](connection)
        connection.execute(f"PRAGMA user_version = {version + 1}")


def _add_salts(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE stacks ADD COLUMN salt TEXT NOT NULL DEFAULT ''")


def _bind_history(connection: sqlite3.Connection) -> None:
    """Entries that were written without hashes get them as they are now."""
    run_all(connection, _CHAIN_COLUMNS)
    stacks = [StackId(*row) for row in connection.execute(_STACKS).fetchall()]
    bindings: list[tuple[int, str, str, str, int]] = []
    heads: list[tuple[str, str, int, str]] = []
    for stack in stacks:
        rows: list[tuple[int, str, str]] = connection.execute(
            _ENTRIES, (stack.project, stack.name)
        ).fetchall()
        chain = bound(stack, [(started, ended) for _, started, ended in rows])
        bindings += [
            (link.number, link.previous, link.start_hash, link.end_hash, row[0])
            for link, row in zip(chain.links, rows, strict=True)
        ]
        heads.append((stack.project, stack.name, chain.length, chain.head))
    connection.executemany(_BIND, bindings)
    run_all(connection, CHAIN_TABLES + _FIRST_COPIES)
    connection.executemany(_SET_HEAD, heads)


def _say_more_of_locks(connection: sqlite3.Connection) -> None:
    for name in ("system", "since", "stop", "stop_user", "stop_host"):
        connection.execute(f"ALTER TABLE locks ADD COLUMN {name} TEXT NOT NULL DEFAULT ''")


def _part_copies(connection: sqlite3.Connection) -> None:
    """Give each stack copies of its own, so that each can be encrypted with its key."""
    connection.execute("ALTER TABLE copies RENAME TO copies_before")
    run_all(connection, COPY_TABLE)
    starts: list[tuple[str, str, str | None]] = connection.execute(_STARTS).fetchall()
    connection.executemany(_KEEP, [start for start in starts if start[2]])
    connection.execute("DROP TABLE copies_before")


def _add_pool(connection: sqlite3.Connection) -> None:
    run_all(connection, POOL_TABLES)


_SINCE: Mapping[int, Callable[[sqlite3.Connection], None]] = {
    1: _add_salts,
    2: _bind_history,
    3: _say_more_of_locks,
    4: _part_copies,
    5: _add_pool,
}
