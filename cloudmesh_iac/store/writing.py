"""The right to write one stack of a SQLite file."""

import sqlite3
import threading
from collections.abc import Sequence

from cloudmesh_iac.core.journal import Entry, UpdateEnded
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.engine.ports import Clock
from cloudmesh_iac.store.chains import end_entry
from cloudmesh_iac.store.database import Database
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.leases import Heartbeat, taken_over
from cloudmesh_iac.store.rows import Rows, urn_of
from cloudmesh_iac.store.seals import Seal
from cloudmesh_iac.store.troubles import unstorable
from cloudmesh_iac.wire.records import parameters_to_json

_BEAT = "UPDATE locks SET beat = beat + 1 WHERE stack = ? AND token = ?"
_GIVE_BACK = "DELETE FROM locks WHERE stack = ? AND token = ?"
_LAST_PLACE = "SELECT last_place FROM stacks WHERE id = ?"
_COMMITTED = "UPDATE stacks SET serial = serial + 1, last_place = ?, changed_at = ? WHERE id = ?"
_SET_PARAMETERS = "UPDATE stacks SET parameters = ? WHERE id = ?"


class SqliteWriting:
    """Satisfies `engine.ports.Writing`.

    `token` grows with each taking of the lock, so that who has lost it writes nothing more. `run`
    is the row of the run in the history.
    """

    def __init__(
        self,
        database: Database,
        stack: StackId,
        *,
        key: int,
        token: int,
        run: int,
        clock: Clock,
        keys: Keys,
    ) -> None:
        self._keys = keys
        self._database = database
        self._stack = stack
        self._key = key
        self._token = token
        self._run = run
        self._clock = clock
        self._closing = threading.Lock()
        self._is_closed = False
        self._heartbeat = Heartbeat(self._beat, clock)

    def commit(self, entries: Sequence[Entry]) -> None:
        now = self._clock.now()
        with self._database.writing() as connection:
            self._hold(connection)
            row: tuple[int] = connection.execute(_LAST_PLACE, (self._key,)).fetchone()
            seal_text = Seal(connection, self._key, self._stack, self._keys)
            rows = Rows(connection, self._key, now, row[0], seal_text)
            for entry in entries:
                with unstorable(self._database.path, urn_of(entry)):
                    rows.apply(entry)
            connection.execute(_COMMITTED, (rows.last_place, now.isoformat(), self._key))

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        with self._database.writing() as connection:
            self._hold(connection)
            connection.execute(_SET_PARAMETERS, (parameters_to_json(parameters), self._key))

    def close(self, ended: UpdateEnded) -> None:
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
        self.stop()
        with self._database.writing() as connection:
            if connection.execute(_GIVE_BACK, (self._key, self._token)).rowcount:
                end_entry(connection, self._run, ended)  # who has lost the lock writes nothing

    def stop(self) -> None:
        """Give no more signs of life; the lock stays. Idempotent."""
        self._heartbeat.stop()

    def _beat(self) -> None:
        with self._database.writing() as connection:
            connection.execute(_BEAT, (self._key, self._token))

    def _hold(self, connection: sqlite3.Connection) -> None:
        """Check that the lock is still ours, in the same transaction; a sign of life too."""
        if connection.execute(_BEAT, (self._key, self._token)).rowcount == 0:
            raise taken_over(self._stack)
