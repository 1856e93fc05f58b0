"""Read the rows of a stack as a snapshot, and all stacks as a list."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cloudmesh_iac.core.records import Intent, Record, Snapshot, StackId, StackSummary
from cloudmesh_iac.core.renaming import with_new_names
from cloudmesh_iac.core.urns import JOB_END_TYPE, Urn
from cloudmesh_iac.store.schema import version_of
from cloudmesh_iac.wire.records import (
    intent_from_json,
    parameters_from_json,
    record_from_json,
    ticket_from_json,
)

_STACK = (
    "SELECT id, serial, seed_key, program, program_digest, parameters, {salt} FROM stacks"
    " WHERE project = ? AND name = ?"
)
_SALT = "SELECT {salt} FROM stacks WHERE project = ? AND name = ?"
_SALTS_SINCE = 2  # the version of a file that has them
_RECORDS = "SELECT doomed, body FROM records WHERE stack = ? ORDER BY place, creation"
_INTENTS = "SELECT number, ticket, body FROM intents WHERE stack = ? ORDER BY number"
_CREATIONS = "SELECT urn, number FROM creations WHERE stack = ? ORDER BY urn"
_PROGRAMS = "SELECT project, name, program, program_digest FROM stacks ORDER BY project, name"
_JOB_END = f"{JOB_END_TYPE}::"
_STACKS = """
SELECT project, name, changed_at, program,
  (SELECT count(*) FROM records WHERE records.stack = stacks.id AND custom AND NOT doomed
    AND instr(urn, ?) = 0),
  (SELECT count(*) FROM intents WHERE intents.stack = stacks.id AND ticket IS NOT NULL)
FROM stacks WHERE ? IN ('', project) ORDER BY project, name
"""


@dataclass(frozen=True, slots=True)
class StackRows:
    """The rows of one stack as they were at one moment; its secrets are encrypted still."""

    serial: int
    seed_key: str
    program: str
    program_digest: str
    parameters: str
    salt: str
    records: list[tuple[int, str]]
    intents: list[tuple[int, str | None, str]]
    creations: list[tuple[Urn, int]]

    def bodies(self) -> Sequence[str]:
        return [*(body for _, body in self.records), *(body for _, _, body in self.intents)]


def programs_of(connection: sqlite3.Connection) -> Sequence[tuple[StackId, str, str]]:
    """Return every stack with its program and the digest of that."""
    rows: list[tuple[str, str, str, str]] = connection.execute(_PROGRAMS).fetchall()
    return [(StackId(*row[:2]), row[2], row[3]) for row in rows]


def read_salt(connection: sqlite3.Connection, stack: StackId) -> str | None:
    """Return what stands for the key of a stack's secrets, None for an unknown one."""
    salt = "salt" if version_of(connection) >= _SALTS_SINCE else "''"
    row: tuple[str] | None = connection.execute(
        _SALT.format(salt=salt), (stack.project, stack.name)
    ).fetchone()
    return None if row is None else row[0]


def read_rows(connection: sqlite3.Connection, stack: StackId) -> StackRows | None:
    """Return what is stored of a stack, None for an unknown one."""
    salt = "salt" if version_of(connection) >= _SALTS_SINCE else "''"
    row: tuple[int, int, str, str, str, str, str] | None = connection.execute(
        _STACK.format(salt=salt), (stack.project, stack.name)
    ).fetchone()
    if row is None:
        return None
    key, serial, seed_key, program, digest, parameters, salt_text = row
    return StackRows(
        serial,
        seed_key,
        program,
        digest,
        parameters,
        salt_text,
        records=connection.execute(_RECORDS, (key,)).fetchall(),
        intents=connection.execute(_INTENTS, (key,)).fetchall(),
        creations=connection.execute(_CREATIONS, (key,)).fetchall(),
    )


def to_snapshot(
    rows: StackRows, stack: StackId, *, open_text: Callable[[str], str], is_sealed: bool
) -> Snapshot:
    """Return the rows as what they stand for. Errors: ValueError."""
    return Snapshot(
        stack=stack,
        serial=rows.serial,
        records=with_new_names([_record(doomed, open_text(body)) for doomed, body in rows.records]),
        intents=tuple(
            [_intent(number, ticket, open_text(body)) for number, ticket, body in rows.intents]
        ),
        parameters=parameters_from_json(rows.parameters),
        creations=dict(rows.creations),
        seed_key=rows.seed_key,
        program=rows.program,
        program_digest=rows.program_digest,
        is_sealed=is_sealed,
    )


def read_stacks(connection: sqlite3.Connection, project: str | None) -> Sequence[StackSummary]:
    return tuple(_summary(*row) for row in connection.execute(_STACKS, (_JOB_END, project or "")))


def _record(doomed: int, body: str) -> Record:
    record = record_from_json(body)
    return record if record.doomed == bool(doomed) else replace(record, doomed=bool(doomed))


def _intent(number: int, ticket: str | None, body: str) -> Intent:
    given = None if ticket is None else ticket_from_json(ticket)
    return replace(intent_from_json(body), number=number, ticket=given)


def _summary(*row: object) -> StackSummary:
    match row:
        case (
            str(project),
            str(name),
            str() | None as changed,
            str(program),
            int(count),
            int(waits),
        ):
            return StackSummary(
                StackId(project, name),
                records=count,
                waiting=waits,
                changed_at=None if changed is None else datetime.fromisoformat(changed),
                program=program,
            )
        case _:
            raise ValueError(f"a stack cannot be {row!r}")
