"""The tables of a state file, and whether a file is one of ours."""

import sqlite3
from pathlib import Path

from cloudmesh_iac.errors import StoreUnusable

APPLICATION_ID = 0x636D7801  # "cmx" and 1, in the header of the file
VERSION = 6
_POOL_SINCE = 6

# `place` is the order of a record in the stack's history. Where a column and the text beside it
# both know something (`doomed`, `ticket`), the column is right. `salt` stands for the key that the
# stack's secrets are encrypted with; empty for a stack without any. `chains` knows how many updates
# a stack has had and the hash of the last one; like `updates` it outlives its stack. `copies` are
# programs that no git commit holds: compressed, or a text that is encrypted below `salt`.
_TABLES = """
CREATE TABLE stacks (
  id INTEGER PRIMARY KEY,
  project TEXT NOT NULL,
  name TEXT NOT NULL,
  seed_key TEXT NOT NULL,
  serial INTEGER NOT NULL DEFAULT 0,
  last_place INTEGER NOT NULL DEFAULT 0,
  last_token INTEGER NOT NULL DEFAULT 0,
  program TEXT NOT NULL DEFAULT '',
  program_digest TEXT NOT NULL DEFAULT '',
  parameters TEXT NOT NULL DEFAULT '[]',
  changed_at TEXT,
  salt TEXT NOT NULL DEFAULT '',
  UNIQUE (project, name)
);
CREATE TABLE records (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  urn TEXT NOT NULL,
  creation INTEGER NOT NULL,
  place INTEGER NOT NULL,
  custom INTEGER NOT NULL,
  doomed INTEGER NOT NULL,
  created TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (stack, urn, creation)
);
CREATE UNIQUE INDEX one_live_record ON records (stack, urn) WHERE doomed = 0;
CREATE TABLE creations (
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  urn TEXT NOT NULL,
  number INTEGER NOT NULL,
  PRIMARY KEY (stack, urn)
);
CREATE TABLE intents (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  stack INTEGER NOT NULL REFERENCES stacks ON DELETE CASCADE,
  urn TEXT NOT NULL,
  creation INTEGER NOT NULL,
  op TEXT NOT NULL,
  ticket TEXT,
  body TEXT NOT NULL
);
CREATE INDEX intents_of_object ON intents (stack, urn, creation);
CREATE TABLE locks (
  stack INTEGER PRIMARY KEY REFERENCES stacks ON DELETE CASCADE,
  token INTEGER NOT NULL,
  beat INTEGER NOT NULL DEFAULT 0,
  user TEXT NOT NULL,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  started TEXT NOT NULL,
  purpose TEXT NOT NULL,
  system TEXT NOT NULL DEFAULT '',
  since TEXT NOT NULL DEFAULT '',
  stop TEXT NOT NULL DEFAULT '',
  stop_user TEXT NOT NULL DEFAULT '',
  stop_host TEXT NOT NULL DEFAULT ''
);
CREATE TABLE updates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  project TEXT NOT NULL,
  stack TEXT NOT NULL,
  started TEXT NOT NULL,
  ended TEXT,
  number INTEGER NOT NULL,
  previous TEXT NOT NULL,
  start_hash TEXT NOT NULL,
  end_hash TEXT
);
"""
CHAIN_TABLES = """
CREATE UNIQUE INDEX updates_in_order ON updates (project, stack, number);
CREATE TABLE chains (
  project TEXT NOT NULL,
  stack TEXT NOT NULL,
  length INTEGER NOT NULL,
  head TEXT NOT NULL,
  PRIMARY KEY (project, stack)
);
"""
COPY_TABLE = """
CREATE TABLE copies (
  project TEXT NOT NULL,
  stack TEXT NOT NULL,
  digest TEXT NOT NULL,
  salt TEXT NOT NULL DEFAULT '',
  body BLOB NOT NULL,
  PRIMARY KEY (project, stack, digest)
);
"""
# Who holds which machine. A machine is in one lease at a time: the primary key of `leased` says so,
# whatever the program does. `nonce` is known to the machine and its lease alone.
POOL_TABLES = """
CREATE TABLE pools (
  site TEXT PRIMARY KEY,
  padding_s REAL NOT NULL
);
CREATE TABLE machines (
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  mac TEXT NOT NULL,
  in_pool INTEGER NOT NULL,
  is_broken INTEGER NOT NULL,
  note TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (site, name)
);
CREATE UNIQUE INDEX one_machine_of_a_mac ON machines (mac) WHERE mac <> '';
CREATE TABLE leases (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  starts TEXT NOT NULL,
  ends TEXT NOT NULL,
  user TEXT NOT NULL,
  project TEXT NOT NULL,
  stack TEXT NOT NULL,
  urn TEXT NOT NULL,
  role TEXT NOT NULL,
  service TEXT NOT NULL
);
CREATE TABLE leased (
  site TEXT NOT NULL,
  name TEXT NOT NULL,
  lease TEXT NOT NULL REFERENCES leases ON DELETE CASCADE,
  place INTEGER NOT NULL,
  state TEXT NOT NULL,
  since TEXT NOT NULL,
  nonce TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (site, name)
);
CREATE INDEX machines_of_lease ON leased (lease, place);
CREATE TABLE reservations (
  id TEXT PRIMARY KEY,
  site TEXT NOT NULL,
  starts TEXT NOT NULL,
  ends TEXT NOT NULL,
  user TEXT NOT NULL,
  project TEXT NOT NULL,
  label TEXT NOT NULL,
  summary TEXT NOT NULL
);
CREATE TABLE reserved (
  reservation TEXT NOT NULL REFERENCES reservations ON DELETE CASCADE,
  place INTEGER NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (reservation, name)
);
"""
POOL_NAMES = frozenset({"pools", "machines", "leases", "leased", "reservations", "reserved"})


def is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Say whether the file has our tables; False for an empty one.

    Errors: StoreUnusable for a file of another program, or of a newer version of this one.
    """
    application = _number(connection, "PRAGMA application_id")
    version = _number(connection, "PRAGMA user_version")
    if application == APPLICATION_ID and version <= VERSION:
        return True
    if application == APPLICATION_ID:
        raise StoreUnusable(
            f"the state file {path} was written by a newer cmx (format {version}, this one knows"
            f" {VERSION})",
            subject=str(path),
            hint="update cmx here: pip install --upgrade cloudmesh-iac",
        )
    if application or version or _number(connection, "SELECT count(*) FROM sqlite_master"):
        raise StoreUnusable(
            f"the file {path} is a database of another program",
            subject=str(path),
            hint="name another file; this one was not touched",
        )
    return False


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables inside the transaction that is open."""
    run_all(connection, _TABLES + CHAIN_TABLES + COPY_TABLE + POOL_TABLES)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def has_pool(connection: sqlite3.Connection) -> bool:
    """Say whether a file of ours has the tables of a pool yet: the next writer brings them."""
    return version_of(connection) >= _POOL_SINCE


def version_of(connection: sqlite3.Connection) -> int:
    return _number(connection, "PRAGMA user_version")


def run_all(connection: sqlite3.Connection, statements: str) -> None:
    """Run several statements inside the transaction that is open."""
    for statement in statements.split(";"):
        connection.execute(statement)


def _number(connection: sqlite3.Connection, query: str) -> int:
    row: tuple[int] = connection.execute(query).fetchone()
    return row[0]
