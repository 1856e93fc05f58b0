"""The history of a stack in a SQLite file: its entries, bound to each other."""

import sqlite3
from collections.abc import Iterable, Sequence

from cloudmesh_iac.core.chain import Chain, Link, begun, bound, end_hash
from cloudmesh_iac.core.journal import HistoryEntry, UpdateEnded, UpdateStarted
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.copies import keep_copy
from cloudmesh_iac.store.schema import version_of
from cloudmesh_iac.wire.records import (
    ended_from_json,
    ended_to_json,
    started_from_json,
    started_to_json,
)

_CHAINED_SINCE = 3  # the version of a file whose entries are bound
_FIND_HEAD = "SELECT length, head FROM chains WHERE project = ? AND stack = ?"
_SET_HEAD = (
    "INSERT INTO chains (project, stack, length, head) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (project, stack) DO UPDATE SET length = excluded.length, head = excluded.head"
)
_BEGIN = (
    "INSERT INTO updates (project, stack, number, previous, started, start_hash)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_FIND_START = "SELECT project, stack, number, start_hash FROM updates WHERE id = ?"
_END = "UPDATE updates SET ended = ?, end_hash = ? WHERE id = ?"
_LINKS = (
    "SELECT number, previous, started, start_hash, ifnull(ended, ''), ifnull(end_hash, '')"
    " FROM updates WHERE project = ? AND stack = ? ORDER BY number DESC, id DESC LIMIT ?"
)
_UNBOUND = (
    "SELECT started, ifnull(ended, '') FROM updates WHERE project = ? AND stack = ? ORDER BY id"
)
_CHAINED_STACKS = "SELECT project, stack FROM chains"
_ALL_STACKS = "SELECT project, name FROM stacks UNION SELECT project, stack FROM updates"


def begin_entry(connection: sqlite3.Connection, stack: StackId, started: UpdateStarted) -> int:
    """Write the start of a run behind the newest entry of its stack; return its row."""
    row: tuple[int, str] | None = connection.execute(
        _FIND_HEAD, (stack.project, stack.name)
    ).fetchone()
    length, head = row or (0, "")
    link = begun(stack, length + 1, started_to_json(started), previous=head)
    if started.origin.files:
        keep_copy(connection, stack, started.origin)
    inserted = connection.execute(
        _BEGIN,
        (stack.project, stack.name, link.number, link.previous, link.started, link.start_hash),
    )
    connection.execute(_SET_HEAD, (stack.project, stack.name, link.number, link.hash))
    return inserted.lastrowid or 0


def end_entry(connection: sqlite3.Connection, run: int, ended: UpdateEnded) -> None:
    """Write the end of the run in this row, which is the newest one of its stack."""
    row: tuple[str, str, int, str] = connection.execute(_FIND_START, (run,)).fetchone()
    stack, number, start_hash = StackId(row[0], row[1]), row[2], row[3]
    text = ended_to_json(ended)
    closed = end_hash(stack, number, text, start_hash=start_hash)
    connection.execute(_END, (text, closed, run))
    connection.execute(_SET_HEAD, (stack.project, stack.name, number, closed))


def read_chain(connection: sqlite3.Connection, stack: StackId) -> Chain:
    """Return the entries of a stack, the first one first, whether they are in order or not."""
    names = stack.project, stack.name
    if version_of(connection) < _CHAINED_SINCE:
        return bound(stack, connection.execute(_UNBOUND, names).fetchall())
    row: tuple[int, str] | None = connection.execute(_FIND_HEAD, names).fetchone()
    length, head = row or (0, "")
    return Chain(stack, read_links(connection, stack), length, head)


def read_links(
    connection: sqlite3.Connection, stack: StackId, newest: int | None = None
) -> tuple[Link, ...]:
    """Return the newest entries of a stack, the oldest of them first."""
    if version_of(connection) < _CHAINED_SINCE:
        links = read_chain(connection, stack).links
        return links[-(newest or len(links)) :]
    limit = -1 if newest is None else newest  # as SQLite has it
    rows = connection.execute(_LINKS, (stack.project, stack.name, limit)).fetchall()
    return tuple(Link(*row) for row in reversed(rows))


def entries_of(links: Iterable[Link]) -> tuple[HistoryEntry, ...]:
    """Return entries as what they stand for. Errors: ValueError."""
    return tuple(_entry(link) for link in links)


def _entry(link: Link) -> HistoryEntry:
    ended = ended_from_json(link.ended) if link.ended else None
    return HistoryEntry(link.number, started_from_json(link.started), ended, link.hash)


def all_stacks(connection: sqlite3.Connection) -> Sequence[StackId]:
    """Return every stack that there is or ever was, also those that are forgotten."""
    rows: list[tuple[str, str]] = connection.execute(_ALL_STACKS).fetchall()
    if version_of(connection) >= _CHAINED_SINCE:
        rows += connection.execute(_CHAINED_STACKS).fetchall()
    return tuple(StackId(*row) for row in sorted(set(rows)))
