"""Copy a state file while it is in use, and put a copy in the place of what is there."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cloudmesh_iac.errors import StoreUnusable, UsageProblem
from cloudmesh_iac.store.database import Database
from cloudmesh_iac.store.schema import POOL_NAMES, is_ours
from cloudmesh_iac.store.troubles import translated

_TABLES = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
_HAS_MACHINES = "SELECT EXISTS (SELECT 1 FROM main.machines)"
# Numbers that others may know already must not come again: plans are held to serials, and whoever
# has lost a lock is known by its token.
_GO_ON = """
UPDATE main.stacks SET
  serial = 1 + max(serial, ifnull((SELECT serial FROM known WHERE known.project = stacks.project
    AND known.name = stacks.name), 0)),
  last_token = 1 + max(last_token, ifnull((SELECT last_token FROM known
    WHERE known.project = stacks.project AND known.name = stacks.name), 0))
"""


def back_up(database: Database, target: Path, *, draft: Path) -> None:
    """Write a copy, whole and of one moment, whatever runs meanwhile; only its owner can read it.

    Errors: UsageProblem where there is no state, or something stands at the target already.
    """
    if target.exists():
        raise UsageProblem(f"{target} exists already", hint="name a file that is not there yet")
    with database.reading() as connection:
        if connection is None:
            raise UsageProblem(
                f"there is no state at {database.path} yet", hint="`cmx up` makes the first one"
            )
        with _drafted(draft, target):
            _copy(connection, draft)


def check_copy(file: Path, *, but_not: Path) -> None:
    """Errors: UsageProblem for no file; StoreUnusable for one that is not ours, or damaged."""
    hint = "name a copy that `cmx state backup` made"
    if not file.is_file():
        raise UsageProblem(f"there is no file {file}", hint=hint)
    if but_not.exists() and file.samefile(but_not):
        raise UsageProblem(f"{file} is the state itself", hint=hint)
    with translated(file), closing(_read_only(file)) as connection:
        if not is_ours(connection, file):
            raise StoreUnusable(
                f"the file {file} is empty", subject=str(file), hint="name another copy"
            )
        said: tuple[str] = connection.execute("PRAGMA integrity_check").fetchone()
        if said[0] != "ok":
            what = f"the file {file} is damaged ({said[0]})"
            raise StoreUnusable(what, subject=str(file), hint="name another copy")


def prepare(file: Path, draft: Path) -> None:
    """Make a copy of a copy, in the format of today."""
    draft.touch(mode=0o600)
    with translated(file), closing(_read_only(file)) as source:
        _copy(source, draft)
    database = Database(draft)
    with database.writing():
        pass  # brings it up to date
    database.close()


def put_in_place(
    connection: sqlite3.Connection, draft: Path, *, path: Path, kept: Path | None
) -> None:
    """Put a prepared copy in the place of our rows, which are kept in a file of their own.

    The transaction that is open lets nobody write meanwhile; reading goes on.
    """
    if kept is not None:
        with (
            _drafted(kept.with_name(f".{kept.name}"), kept) as whole,
            closing(_read_only(path)) as now,
        ):
            _copy(now, whole)
    _take_over(connection, draft)


def remove_draft(draft: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        draft.with_name(f"{draft.name}{suffix}").unlink(missing_ok=True)


def _take_over(connection: sqlite3.Connection, draft: Path) -> None:
    """Put the rows of a copy in the place of ours, inside the transaction that is open.

    Nobody can hold a lock in what comes from a copy. Who holds which machine is no older for it:
    where there is a pool, it stays.
    """
    connection.execute(
        "CREATE TEMP TABLE known AS SELECT project, name, serial, last_token FROM main.stacks"
    )
    connection.execute("PRAGMA defer_foreign_keys = ON")  # all is right again at the end
    rows: list[tuple[str]] = connection.execute(_TABLES).fetchall()
    has_machines: tuple[int] = connection.execute(_HAS_MACHINES).fetchone()
    kept = POOL_NAMES if has_machines[0] else frozenset()
    tables = [table for (table,) in rows if table not in kept]
    for table in tables:
        connection.execute(f"DELETE FROM main.{table}")  # noqa: S608 - names of our own
    with closing(_read_only(draft)) as copy:
        for table in tables:
            _copy_rows(copy, connection, table)
    connection.execute("DELETE FROM main.locks")
    connection.execute(_GO_ON)
    connection.execute("DROP TABLE temp.known")


def _copy_rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    rows = source.execute(f"SELECT * FROM {table}")  # noqa: S608 - names of our own
    names = [column[0] for column in rows.description]
    places = ", ".join("?" for _ in names)
    into = f"INSERT INTO main.{table} ({', '.join(names)}) VALUES ({places})"  # noqa: S608
    target.executemany(into, rows)


@contextmanager
def _drafted(draft: Path, target: Path) -> Iterator[Path]:
    """Let a file be written under another name; it gets its own when it is whole."""
    with translated(target):
        draft.touch(mode=0o600)
        try:
            yield draft
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)


def _copy(source: sqlite3.Connection, file: Path) -> None:
    with closing(sqlite3.connect(file)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # a copy is one file


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)
