"""What is wrong with a state file, and what can be done about it?"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from cloudmesh_iac.core.chain import FlawKind
from cloudmesh_iac.core.findings import Finding
from cloudmesh_iac.core.invariants import broken_invariants
from cloudmesh_iac.core.records import Snapshot, StackId
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.verifying import verify
from cloudmesh_iac.errors import StoreUnusable

_OTHERS = 0o077
_SUFFIXES = ("", "-wal", "-shm", "-journal")
_RESTORE = "move the file away, then restore a backup: cmx state restore FILE"
_FLAWS = {
    FlawKind.CHANGED: "was changed after it was written",
    FlawKind.MISSING: "is missing",
    FlawKind.INSERTED: "was inserted",
    FlawKind.COPY: "has lost the copy of its program",
}


def examine_files(path: Path, *, own_folder: Path) -> Iterator[Finding]:
    """Say which files of a person others may read: state, journal, passphrase, their folder."""
    files = [path.with_name(f"{path.name}{suffix}") for suffix in _SUFFIXES]
    for file in (*files, own_folder / "passphrase"):
        if file.is_file() and file.stat().st_mode & _OTHERS:
            yield Finding("others may read or write this file", str(file), f"chmod 600 {file}")
    if own_folder.is_dir() and own_folder.stat().st_mode & _OTHERS:
        what = "others may look into this folder"
        yield Finding(what, str(own_folder), f"chmod 700 {own_folder}")


def examine_tables(connection: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    """Say what SQLite itself finds in the file."""
    rows: list[tuple[str]] = connection.execute("PRAGMA integrity_check").fetchall()
    for (said,) in rows:
        if said != "ok":
            yield Finding(f"SQLite finds it damaged: {said}", str(path), _RESTORE)
    broken = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    if broken:
        yield Finding(f"{broken} rows belong to no stack", str(path), _RESTORE)


def examine_stack(stack: StackId, store: Store) -> Iterator[Finding]:
    """Say what is wrong with the records, the intents and the history of one stack."""
    name = f"{stack.project}/{stack.name}"
    try:
        before = store.lock(stack)
        snapshot = store.snapshot(stack)
        yield from broken_invariants(snapshot)
        if before is None and store.lock(stack) is None:  # else a run is about to close them
            yield from _open_intents(snapshot)
        for flaw in verify(stack, store):
            what = f"update {flaw.number} of its history {_FLAWS[flaw.kind]}"
            remedy = "nothing puts it right; `cmx history --verify` says more"
            yield Finding(what, name, remedy)
    except StoreUnusable as error:
        yield Finding(error.message, name, error.hint or _RESTORE)


def _open_intents(snapshot: Snapshot) -> Iterator[Finding]:
    """A run that ended without a word, or a site that gave no answer, leaves them behind."""
    for intent in snapshot.intents:
        if intent.ticket is None:
            yield Finding(
                f"a {intent.op} began, and nobody knows how it ended",
                intent.urn,
                "the next `cmx up` finds out; or say it yourself:"
                f" cmx state settle '{intent.urn}' ID (or --gone)",
            )
