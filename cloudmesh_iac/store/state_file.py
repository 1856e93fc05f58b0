"""What is done to a state file as a whole: it is examined, copied, and replaced by a copy."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cloudmesh_iac.core.findings import Finding
from cloudmesh_iac.core.journal import UpdateEnded, UpdateKind, UpdateResult, UpdateStarted
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.turns import locked
from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.store.backups import back_up, check_copy, prepare, put_in_place, remove_draft
from cloudmesh_iac.store.chains import all_stacks, begin_entry, end_entry
from cloudmesh_iac.store.database import Database
from cloudmesh_iac.store.doctor import examine_files, examine_stack, examine_tables
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.snapshots import programs_of
from cloudmesh_iac.store.sqlite import SqliteStore


class StateFile:
    """A file with all stacks of a person. Nothing here needs a passphrase."""

    def __init__(self, path: Path, *, computer: Computer) -> None:
        self._path = path
        self._computer = computer
        self._database = Database(path)
        self.store = SqliteStore(path, computer=computer, keys=Keys(computer, None))

    def stacks(self) -> Sequence[StackId]:
        """Return every stack that is known, also those that are forgotten."""
        with self._database.reading() as connection:
            return () if connection is None else all_stacks(connection)

    def findings(self) -> tuple[Finding, ...]:
        """Return what is wrong with the file and with every stack in it."""
        found = [*examine_files(self._path, own_folder=self._computer.home / ".cloudmesh")]
        stacks: Sequence[StackId] = ()
        try:
            with self._database.reading() as connection:
                if connection is not None:
                    found += examine_tables(connection, self._path)
                    stacks = all_stacks(connection)
        except StoreUnusable as error:
            found.append(Finding(error.message, str(self._path), error.hint or ""))
        for stack in stacks:
            found += examine_stack(stack, self.store)
        return tuple(found)

    def back_up(self, target: Path) -> None:
        """Write a copy of everything, of one moment. Errors: UsageProblem, StoreUnusable."""
        draft = target.with_name(f".{target.name}.{self._computer.new_id()}")
        back_up(self._database, target, draft=draft)

    def check(self, file: Path) -> None:
        """Errors: UsageProblem, StoreUnusable for a file that cannot be restored."""
        check_copy(file, but_not=self._path)

    def restore(self, file: Path) -> Path | None:
        """Put a copy in the place of everything; return where what was there is kept.

        Errors: UsageProblem; StoreUnusable for a file that is no good; StackLocked.
        """
        self.check(file)
        now = self._computer.clock.now()
        draft = self._path.with_name(f".{self._path.name}.{self._computer.new_id()}")
        kept = self._path.with_name(f"{self._path.name}.before-{now:%Y%m%dT%H%M%SZ}")
        try:
            with self._database.writing() as connection:  # nobody takes a lock meanwhile
                stacks = all_stacks(connection)
                self._raise_locks(stacks)
                prepare(file, draft)
                put_in_place(connection, draft, path=self._path, kept=kept if stacks else None)
                self._note_restore(connection, now)
        finally:
            remove_draft(draft)
        return kept if stacks else None

    def _note_restore(self, connection: sqlite3.Connection, now: datetime) -> None:
        """Write into the history of each stack that it is what a copy held."""
        for stack, program, digest in programs_of(connection):
            started = UpdateStarted(
                kind=UpdateKind.RESTORE,
                at=now,
                user=self._computer.user,
                host=self._computer.host,
                program=program,
                program_digest=digest,
                plan_digest="",
                parameters=(),
            )
            run = begin_entry(connection, stack, started)
            end_entry(connection, run, UpdateEnded(now, UpdateResult.DONE, {}))

    def close(self) -> None:
        self.store.close()
        self._database.close()

    def _raise_locks(self, stacks: Sequence[StackId]) -> None:
        for stack in stacks:
            held = self.store.lock(stack)
            if held is not None:
                raise locked(stack, held)
