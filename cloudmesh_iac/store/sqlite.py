"""State in one SQLite file."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path

from cloudmesh_iac.core.chain import Chain
from cloudmesh_iac.core.journal import HistoryEntry, UpdateStarted
from cloudmesh_iac.core.locks import Held, Holder, StopRequest
from cloudmesh_iac.core.records import Snapshot, StackId, StackSummary
from cloudmesh_iac.engine.turns import locked
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.passphrases import Passphrases
from cloudmesh_iac.store.chains import begin_entry, entries_of, read_chain, read_links
from cloudmesh_iac.store.copies import read_copy
from cloudmesh_iac.store.database import Database
from cloudmesh_iac.store.disks import DISK, Disk
from cloudmesh_iac.store.keys import Keys, unreadable
from cloudmesh_iac.store.leases import RHYTHM, Rhythm, Sightings, is_surely_dead
from cloudmesh_iac.store.locks import end_lock, put_request, read_lock, take_lock
from cloudmesh_iac.store.refusals import not_empty, plan_broken
from cloudmesh_iac.store.resealing import reseal
from cloudmesh_iac.store.sealing import has_sealed, hide, unseal
from cloudmesh_iac.store.snapshots import read_rows, read_salt, read_stacks, to_snapshot
from cloudmesh_iac.store.troubles import translated_texts
from cloudmesh_iac.store.writing import SqliteWriting

_KNOW_STACK = (
    "INSERT INTO stacks (project, name, seed_key) VALUES (?, ?, ?)"
    " ON CONFLICT (project, name) DO NOTHING"
)
_FIND_STACK = "SELECT id, serial, last_token, salt FROM stacks WHERE project = ? AND name = ?"
# Nothing was ever made with the key of a stack without a commit, so the plan's key may replace it.
_BEGIN_RUN = (
    "UPDATE stacks SET last_token = ?, program = ?, program_digest = ?,"
    " seed_key = CASE serial WHEN 0 THEN ? ELSE seed_key END WHERE id = ?"
)
_IS_EMPTY = (
    "SELECT NOT EXISTS (SELECT 1 FROM records WHERE stack = ?)"
    " AND NOT EXISTS (SELECT 1 FROM intents WHERE stack = ?)"
)
_FORGET_STACK = "DELETE FROM stacks WHERE id = ?"


class SqliteStore:
    """Satisfies `engine.ports.state.Store`.

    Nothing is written, and no file made, before the first `write`.
    """

    def __init__(
        self,
        path: Path,
        *,
        computer: Computer,
        keys: Keys | None = None,
        rhythm: Rhythm = RHYTHM,
        disk: Disk = DISK,
    ) -> None:
        self._database = Database(path, disk)
        self._keys = keys or Keys(computer, Passphrases(computer))
        self._computer = computer
        self._rhythm = rhythm
        self._sightings = Sightings(computer.clock, rhythm)
        self._writings: list[SqliteWriting] = []

    def snapshot(self, stack: StackId) -> Snapshot:
        """Return the records of a stack, as `engine.ports.state.Store` says.

        Errors: UsageProblem for a wrong passphrase.
        """
        with self._database.reading() as connection:
            rows = read_rows(connection, stack) if connection is not None else None
        if rows is None:
            return Snapshot(stack, seed_key=self._computer.new_key())
        cipher = None
        is_encrypted = any(map(has_sealed, rows.bodies()))
        if is_encrypted:
            cipher = self._keys.cipher(rows.salt, stack)
        # thousands of resources share a few secrets: each is decrypted once
        open_text = (
            hide
            if cipher is None
            else partial(unseal, decrypt=cache(partial(self._keys.decrypt, cipher)))
        )
        with translated_texts(self._database.path):
            return to_snapshot(
                rows, stack, open_text=open_text, is_sealed=is_encrypted and cipher is None
            )

    def salt(self, stack: StackId) -> str | None:
        """Return what stands for the key of a stack's secrets; None for an unknown stack."""
        with self._database.reading() as connection:
            return None if connection is None else read_salt(connection, stack)

    def reseal(self, stack: StackId, change: Callable[[str], str], *, salt: str) -> None:
        """Rewrite every text of a stack that may hold secrets, all at once.

        Errors: StackLocked while somebody writes the stack.
        """
        with self._database.writing() as connection:
            row: tuple[int, int, int, str] = connection.execute(
                _FIND_STACK, (stack.project, stack.name)
            ).fetchone()
            self._raise_if_held(connection, stack)
            end_lock(connection, row[0])  # who wakes up would write with the old passphrase
            reseal(connection, row[0], change, salt=salt)

    def stacks(self, project: str | None = None) -> Sequence[StackSummary]:
        with self._database.reading() as connection, translated_texts(self._database.path):
            return read_stacks(connection, project) if connection is not None else ()

    def history(self, stack: StackId, *, newest: int | None = None) -> tuple[HistoryEntry, ...]:
        with self._database.reading() as connection:
            links = () if connection is None else read_links(connection, stack, newest)
        with translated_texts(self._database.path):
            return entries_of(links)

    def chain(self, stack: StackId) -> Chain:
        with self._database.reading() as connection:
            return Chain(stack) if connection is None else read_chain(connection, stack)

    def program_copy(self, stack: StackId, digest: str) -> Mapping[str, str] | None:
        with self._database.reading() as connection:
            if connection is None:
                return {}
            cipher = partial(self._keys.cipher, stack=stack)
            return read_copy(connection, stack, digest, cipher=cipher)

    def write(self, snapshot: Snapshot, started: UpdateStarted, holder: Holder) -> SqliteWriting:
        if snapshot.is_sealed:
            raise unreadable(snapshot.stack)
        taken_s = self._computer.clock.asleep_or_awake_s()
        stack = snapshot.stack
        with self._database.writing() as connection:
            connection.execute(_KNOW_STACK, (stack.project, stack.name, snapshot.seed_key))
            row: tuple[int, int, int, str] = connection.execute(
                _FIND_STACK, (stack.project, stack.name)
            ).fetchone()
            key, serial, last_token, salt = row
            self._raise_if_held(connection, stack)
            if serial != snapshot.serial:
                raise plan_broken(snapshot, serial)
            token = last_token + 1
            connection.execute(
                _BEGIN_RUN,
                (token, started.program, started.program_digest, snapshot.seed_key, key),
            )
            take_lock(connection, key, Held(holder, token, since=started.at))
            run = begin_entry(connection, stack, started)
            if salt:
                self._keys.seal_copies(connection, stack, salt)
        writing = SqliteWriting(
            self._database,
            stack,
            key=key,
            token=token,
            run=run,
            clock=self._computer.clock,
            keys=self._keys,
            rhythm=self._rhythm,
            taken_s=taken_s,
        )
        self._writings.append(writing)
        return writing

    def lock(self, stack: StackId) -> Held | None:
        with self._database.reading() as connection, translated_texts(self._database.path):
            return None if connection is None else self._held(connection, stack)

    def ask_to_stop(self, stack: StackId, request: StopRequest) -> Held | None:
        held = self.lock(stack)
        if held is not None:
            with self._database.writing() as connection:
                put_request(connection, stack, request, token=held.token)
        return held

    def remove_stack(self, stack: StackId) -> None:
        """Forget an empty stack, but not its history; one that is not known is left alone."""
        with self._database.reading() as connection:
            if connection is None:
                return
        with self._database.writing() as connection:
            row: tuple[int, int, int, str] | None = connection.execute(
                _FIND_STACK, (stack.project, stack.name)
            ).fetchone()
            if row is None:
                return
            self._raise_if_held(connection, stack)
            empty: tuple[int] = connection.execute(_IS_EMPTY, (row[0], row[0])).fetchone()
            if not empty[0]:
                raise not_empty(stack)
            connection.execute(_FORGET_STACK, (row[0],))

    def close(self) -> None:
        for writing in self._writings:
            writing.stop()
        self._database.close()

    def _raise_if_held(self, connection: sqlite3.Connection, stack: StackId) -> None:
        held = self._held(connection, stack)
        if held is not None:
            raise locked(stack, held)

    def _held(self, connection: sqlite3.Connection, stack: StackId) -> Held | None:
        """Return the lock of a stack, unless its holder is gone."""
        held = read_lock(connection, stack)
        if held is None or is_surely_dead(held.holder, self._computer):
            return None
        return None if self._sightings.is_over(stack, held) else held
