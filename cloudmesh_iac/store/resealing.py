"""Encrypt the secrets of one stack of a SQLite file with another key."""

import sqlite3
from collections.abc import Callable

_BODIES = {
    "SELECT rowid, body FROM records WHERE stack = ?": (
        "UPDATE records SET body = ? WHERE rowid = ?"
    ),
    "SELECT number, body FROM intents WHERE stack = ?": (
        "UPDATE intents SET body = ? WHERE number = ?"
    ),
}
# Copies below another salt are those of a stack of this name that was forgotten before.
_COPIES = (
    "SELECT copies.rowid, body FROM copies JOIN stacks ON copies.project = stacks.project"
    " AND copies.stack = stacks.name AND copies.salt = stacks.salt"
    " WHERE stacks.id = ? AND copies.salt != ''"
)
_SET_COPY = "UPDATE copies SET body = ?, salt = ? WHERE rowid = ?"
# Who has planned with the old key has to plan again, not to fail half-way.
_SET_SALT = "UPDATE stacks SET salt = ?, serial = serial + 1 WHERE id = ?"


def reseal(
    connection: sqlite3.Connection, key: int, change: Callable[[str], str], *, salt: str
) -> None:
    """Rewrite all that a stack has, inside the transaction that is open.

    What stood there before is overwritten with zeros.
    """
    connection.execute("PRAGMA secure_delete = ON")
    for find, write in _BODIES.items():
        rows: list[tuple[int, str]] = connection.execute(find, (key,)).fetchall()
        changed = ((change(body), row, body) for row, body in rows)
        connection.executemany(write, [(new, row) for new, row, body in changed if new != body])
    copies: list[tuple[int, str]] = connection.execute(_COPIES, (key,)).fetchall()
    connection.executemany(_SET_COPY, [(change(body), salt, row) for row, body in copies])
    connection.execute(_SET_SALT, (salt, key))
