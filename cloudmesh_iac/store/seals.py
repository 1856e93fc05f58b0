"""Encrypt the secrets in what is written to one stack of a SQLite file."""

import sqlite3
from dataclasses import dataclass
from functools import partial

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.ciphers import Cipher
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.store.sealing import has_plain, seal

_FIND_SALT = "SELECT salt FROM stacks WHERE id = ?"
_SET_SALT = "UPDATE stacks SET salt = ? WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Seal:
    """Encrypts what one transaction writes; a stack gets its salt with its first secret."""

    connection: sqlite3.Connection
    key: int
    stack: StackId
    keys: Keys

    def __call__(self, text: str) -> str:
        """Errors: UsageProblem for a passphrase that is wrong or missing."""
        if not has_plain(text):
            return text
        return seal(text, partial(self.keys.encrypt, self._cipher()))

    def _cipher(self) -> Cipher:
        row: tuple[str] = self.connection.execute(_FIND_SALT, (self.key,)).fetchone()
        if row[0]:
            return self.keys.needed_cipher(row[0], self.stack)
        salt, cipher = self.keys.begin(self.stack)
        self.connection.execute(_SET_SALT, (salt, self.key))
        self.keys.seal_copies(self.connection, self.stack, salt)
        return cipher
