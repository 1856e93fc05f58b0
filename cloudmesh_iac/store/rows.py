"""What one journal entry does to the rows of its stack."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from cloudmesh_iac.core.journal import (
    Counted,
    Dropped,
    Entry,
    Opened,
    OutputsSet,
    Removed,
    Saved,
    Ticketed,
)
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.wire.records import (
    intent_to_json,
    record_from_json,
    record_to_json,
    ticket_to_json,
)

_OPEN_INTENT = (
    "INSERT INTO intents (stack, urn, creation, op, ticket, body) VALUES (?, ?, ?, ?, ?, ?)"
)
_FORGET_SAME_INTENT = "DELETE FROM intents WHERE stack = ? AND urn = ? AND creation = ? AND op = ?"
_CLOSE_INTENTS = "DELETE FROM intents WHERE stack = ? AND urn = ? AND creation = ?"
_DROP_NEWEST_INTENT = (
    "DELETE FROM intents WHERE number ="
    " (SELECT max(number) FROM intents WHERE stack = ? AND urn = ? AND creation = ?)"
)
_GIVE_TICKET = (
    "UPDATE intents SET ticket = ? WHERE number ="
    " (SELECT max(number) FROM intents WHERE stack = ? AND urn = ? AND creation = ?)"
)
_COUNT_CREATION = (
    "INSERT INTO creations (stack, urn, number) VALUES (?, ?, ?)"
    " ON CONFLICT (stack, urn) DO UPDATE SET number = max(number, excluded.number)"
)
_FIND_PLACE = (
    "SELECT EXISTS (SELECT 1 FROM records WHERE stack = ?1 AND urn = ?2 AND doomed = 0"
    " AND creation > ?3), place, created FROM (SELECT 1)"
    " LEFT JOIN records ON stack = ?1 AND urn = ?2 AND creation = ?3"
)
_DOOM_OLDER = (
    "UPDATE records SET doomed = 1 WHERE stack = ? AND urn = ? AND doomed = 0 AND creation < ?"
)
_SAVE = (
    "INSERT INTO records (stack, urn, creation, place, custom, doomed, created, body)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stack, urn, creation) DO UPDATE"
    " SET custom = excluded.custom, doomed = excluded.doomed, body = excluded.body"
)
_FIND_LIVE = "SELECT creation, body FROM records WHERE stack = ? AND urn = ? AND doomed = 0"
_SET_BODY = "UPDATE records SET body = ? WHERE stack = ? AND urn = ? AND creation = ?"
_REMOVE = "DELETE FROM records WHERE stack = ? AND urn = ? AND creation = ?"


def urn_of(entry: Entry) -> Urn:
    match entry:
        case Opened():
            return entry.intent.urn
        case Saved():
            return entry.record.urn
        case Ticketed() | Removed() | Dropped() | OutputsSet() | Counted():
            return entry.urn


@dataclass(slots=True)
class Rows:
    """The rows of one stack inside an open transaction; each entry touches its own.

    The live object of a urn is the one with the highest creation: an older one becomes doomed.
    `seal` encrypts the secrets in what is stored.
    """

    connection: sqlite3.Connection
    stack: int
    now: datetime
    last_place: int
    seal: Callable[[str], str]

    def apply(self, entry: Entry) -> None:
        match entry:
            case Opened():
                self._open(entry.intent)
            case Ticketed():
                ticket = ticket_to_json(entry.ticket)
                self._run(_GIVE_TICKET, ticket, self.stack, entry.urn, entry.creation)
            case Saved():
                self._save(entry.record)
            case Removed():
                self._run(_CLOSE_INTENTS, self.stack, entry.urn, entry.creation)
                self._run(_REMOVE, self.stack, entry.urn, entry.creation)
            case Dropped():
                self._run(_DROP_NEWEST_INTENT, self.stack, entry.urn, entry.creation)
            case OutputsSet():
                self._set_outputs(entry)
            case Counted():
                self._run(_COUNT_CREATION, self.stack, entry.urn, entry.number)

    def _open(self, intent: Intent) -> None:
        """A repeated intent takes the place of the first one: it is the same side effect."""
        urn, creation = intent.urn, intent.creation
        ticket = None if intent.ticket is None else ticket_to_json(intent.ticket)
        self._run(_COUNT_CREATION, self.stack, urn, creation)
        self._run(_FORGET_SAME_INTENT, self.stack, urn, creation, intent.op)
        body = self.seal(intent_to_json(replace(intent, begun=self.now)))
        self._run(_OPEN_INTENT, self.stack, urn, creation, intent.op, ticket, body)

    def _save(self, record: Record) -> None:
        key = self.stack, record.urn, record.creation
        if self._run(_CLOSE_INTENTS, *key).rowcount == 0:
            self._run(_COUNT_CREATION, *key)  # an intent has counted it already
        if not record.doomed and record.creation > 1:
            self._run(_DOOM_OLDER, *key)
        row: tuple[int, int | None, str | None] = self._run(_FIND_PLACE, *key).fetchone()
        has_newer, place, created = row
        doomed = record.doomed or bool(has_newer)
        place, first_saved = self._placed(record, place, created)
        stored = replace(record, order=place, created=first_saved, doomed=doomed, modified=self.now)
        body = self.seal(record_to_json(stored))
        self._run(_SAVE, *key, place, stored.custom, doomed, first_saved.isoformat(), body)

    def _placed(
        self, record: Record, place: int | None, created: str | None
    ) -> tuple[int, datetime]:
        """An object keeps the place and the time of its first save."""
        if place is not None and created is not None:
            return place, datetime.fromisoformat(created)
        place = record.order or self.last_place + 1
        self.last_place = max(self.last_place, place)
        return place, record.created or self.now

    def _set_outputs(self, entry: OutputsSet) -> None:
        """Outputs of what has no record (its component was not carried out) have no place."""
        row: tuple[int, str] | None = self._run(_FIND_LIVE, self.stack, entry.urn).fetchone()
        if row is not None:
            stored = replace(record_from_json(row[1]), outputs=entry.outputs, modified=self.now)
            body = self.seal(record_to_json(stored))
            self._run(_SET_BODY, body, self.stack, entry.urn, row[0])

    def _run(self, statement: str, *values: str | int | None) -> sqlite3.Cursor:
        return self.connection.execute(statement, values)
