"""Make a state file what it was in an earlier version, to see it brought up to date."""

import sqlite3
from contextlib import closing
from pathlib import Path

_UNDO = {
    1: "ALTER TABLE stacks DROP COLUMN salt",
    2: """
        DROP TABLE chains;
        DROP TABLE copies;
        DROP INDEX updates_in_order;
        ALTER TABLE updates DROP COLUMN number;
        ALTER TABLE updates DROP COLUMN previous;
        ALTER TABLE updates DROP COLUMN start_hash;
        ALTER TABLE updates DROP COLUMN end_hash;
        CREATE INDEX updates_of_stack ON updates (project, stack)
        """,
    3: """
        ALTER TABLE locks DROP COLUMN system;
        ALTER TABLE locks DROP COLUMN since;
        ALTER TABLE locks DROP COLUMN stop;
        ALTER TABLE locks DROP COLUMN stop_user;
        ALTER TABLE locks DROP COLUMN stop_host
        """,
    4: """
        ALTER TABLE copies RENAME TO copies_since;
        CREATE TABLE copies (digest TEXT PRIMARY KEY, body BLOB NOT NULL);
        INSERT INTO copies SELECT digest, body FROM copies_since WHERE true ON CONFLICT DO NOTHING;
        DROP TABLE copies_since
        """,
    5: """
        DROP TABLE reserved;
        DROP TABLE reservations;
        DROP TABLE leased;
        DROP TABLE leases;
        DROP TABLE machines;
        DROP TABLE pools
        """,
}


def make_older(path: Path, version: int) -> None:
    """Take away what the versions after this one have brought."""
    with closing(sqlite3.connect(path)) as file:
        for number in sorted(_UNDO, reverse=True):
            if number >= version:
                file.executescript(_UNDO[number])
        file.execute(f"PRAGMA user_version = {version}")
        file.commit()
