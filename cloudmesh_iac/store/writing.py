"""The right to write one stack of a SQLite file."""

import sqlite3
import threading
from collections.abc import Sequence

from cloudmesh_iac.core.journal import Entry, UpdateEnded
from cloudmesh_iac.core.locks import StopRequest
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.engine.ports.state import Ears
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.errors import StackLocked
from cloudmesh_iac.store.chains import end_entry
from cloudmesh_iac.store.database import Database
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.leases import Heartbeat, Lease, Rhythm
from cloudmesh_iac.store.locks import give_back, read_request, show_life
from cloudmesh_iac.store.refusals import taken_over, too_slow
from cloudmesh_iac.store.rows import Rows, urn_of
from cloudmesh_iac.store.seals import Seal
from cloudmesh_iac.store.troubles import unstorable
from cloudmesh_iac.wire.records import parameters_to_json

_LAST_PLACE = "SELECT last_place FROM stacks WHERE id = ?"
_COMMITTED = "UPDATE stacks SET serial = serial + 1, last_place = ?, changed_at = ? WHERE id = ?"
_SET_PARAMETERS = "UPDATE stacks SET parameters = ? WHERE id = ?"


class SqliteWriting:
    """Satisfies `engine.ports.state.Writing`.

    `token` grows with each taking of the lock, so that who has lost it writes nothing more. `run`
    is the row of the run in the history, `taken_s` when the lock began to be taken.
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
        rhythm: Rhythm,
        taken_s: float,
    ) -> None:
        self._keys = keys
        self._database = database
        self._stack = stack
        self._key = key
        self._token = token
        self._run = run
        self._clock = clock
        self._rhythm = rhythm
        self._lease = Lease(clock, rhythm)
        self._lease.shown(taken_s)
        self._ears: Ears | None = None
        self._told: StopRequest | None = None
        self._closing = threading.Lock()
        self._is_closed = False
        self._heartbeat = Heartbeat(self._beat, clock=clock, beat_s=rhythm.beat_s)

    def commit(self, entries: Sequence[Entry]) -> None:
        now, begun_s = self._clock.now(), self._lease.now_s()
        with self._database.writing() as connection:
            self._show_life(connection)
            row: tuple[int] = connection.execute(_LAST_PLACE, (self._key,)).fetchone()
            seal_text = Seal(connection, self._key, self._stack, self._keys)
            rows = Rows(connection, self._key, now, row[0], seal_text)
            for entry in entries:
                with unstorable(self._database.path, urn_of(entry)):
                    rows.apply(entry)
            connection.execute(_COMMITTED, (rows.last_place, now.isoformat(), self._key))
        self._lease.shown(begun_s)

    def hold(self) -> None:
        """Check that enough of the lease is left; after a pause see first whether it is ours yet.

        If nobody has taken the lock meanwhile, a sign of life makes it ours for another lease.
        """
        if self._lease.is_long_enough():
            return
        self._renew()
        if not self._lease.is_long_enough():
            raise too_slow(self._stack, self._rhythm.lease_s)

    def listen(self, ears: Ears) -> None:
        self._ears = ears

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        with self._database.writing() as connection:
            self._show_life(connection)
            connection.execute(_SET_PARAMETERS, (parameters_to_json(parameters), self._key))

    def close(self, ended: UpdateEnded) -> None:
        with self._closing:
            if self._is_closed:
                return
            self._is_closed = True
        self.stop()
        with self._database.writing() as connection:
            if give_back(connection, self._key, self._token):
                end_entry(connection, self._run, ended)  # who has lost the lock writes nothing

    def stop(self) -> None:
        """Give no more signs of life; the lock stays. Idempotent."""
        self._heartbeat.stop()

    def _beat(self) -> None:
        ears = self._ears
        try:
            request = self._renew()
        except StackLocked as error:
            if ears is not None:
                ears.lost(error)
            return
        if ears is not None and request is not None and request != self._told:
            self._told = request
            ears.stop(request)

    def _renew(self) -> StopRequest | None:
        """Give a sign of life, and return what somebody asks of this run."""
        begun_s = self._lease.now_s()
        with self._database.writing() as connection:
            self._show_life(connection)
            request = read_request(connection, self._key)
        self._lease.shown(begun_s)
        return request

    def _show_life(self, connection: sqlite3.Connection) -> None:
        """Check that the lock is still ours, in the same transaction; a sign of life too."""
        if not show_life(connection, self._key, self._token):
            raise taken_over(self._stack)
