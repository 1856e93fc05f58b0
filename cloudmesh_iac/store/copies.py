"""Copies of programs that no git commit holds, encrypted where their stack has secrets.

A copy is compressed. What is encrypted of it is the same in base64, in the form in which secrets
stand in records, so that a new passphrase is given to all of them in one way.
"""

import base64
import binascii
import sqlite3
import zlib
from collections.abc import Callable, Mapping

from cloudmesh_iac.core.history import Origin
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.ciphers import Cipher, RandomBytes
from cloudmesh_iac.store.schema import version_of
from cloudmesh_iac.store.sealing import as_secret, plain_of, seal, unseal
from cloudmesh_iac.wire.records import copy_from_json, copy_to_json

_KEEP = (
    "INSERT INTO copies (project, stack, digest, body) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (project, stack, digest) DO NOTHING"
)
_FIND = "SELECT salt, body FROM copies WHERE project = ? AND stack = ? AND digest = ?"
_FIND_FIRST = "SELECT '', body FROM copies WHERE digest = ?"  # when they were for all stacks
_KEPT_SINCE, _OF_EACH_STACK_SINCE = 3, 5  # the versions of a file
_FIND_CLEAR = "SELECT rowid, body FROM copies WHERE project = ? AND stack = ? AND salt = ''"
_SEAL = "UPDATE copies SET salt = ?, body = ? WHERE rowid = ?"

CopyCipher = Callable[[str], Cipher | None]
"""Returns what opens copies below a salt; None where no passphrase is at hand."""


def keep_copy(connection: sqlite3.Connection, stack: StackId, origin: Origin) -> None:
    """Keep a copy once for each stack, in clear as yet."""
    body = zlib.compress(copy_to_json(origin.files).encode("ascii"))
    connection.execute(_KEEP, (stack.project, stack.name, origin.copy, body))


def seal_copies(
    connection: sqlite3.Connection,
    stack: StackId,
    salt: str,
    *,
    cipher: CopyCipher,
    random: RandomBytes,
) -> None:
    """Encrypt the copies of a stack that stand in clear, if the key is at hand.

    What stood there before is overwritten with zeros.
    """
    rows: list[tuple[int, bytes]] = connection.execute(
        _FIND_CLEAR, (stack.project, stack.name)
    ).fetchall()
    found = cipher(salt) if rows else None
    if found is None:
        return
    connection.execute("PRAGMA secure_delete = ON")
    for row, body in rows:
        text = as_secret(base64.b64encode(body).decode("ascii"))
        sealed = seal(text, lambda clear: found.encrypt(clear, random))
        connection.execute(_SEAL, (salt, sealed, row))


def read_copy(
    connection: sqlite3.Connection, stack: StackId, digest: str, *, cipher: CopyCipher
) -> Mapping[str, str] | None:
    """Return a copy; empty for one that is not kept or is damaged, None without its passphrase."""
    version = version_of(connection)
    if version < _KEPT_SINCE:
        return {}
    find, known = _FIND, [stack.project, stack.name, digest]
    if version < _OF_EACH_STACK_SINCE:
        find, known = _FIND_FIRST, [digest]
    row: tuple[str, bytes | str] | None = connection.execute(find, known).fetchone()
    if row is None:
        return {}
    salt, body = row
    found = cipher(salt) if salt else None
    if salt and found is None:
        return None
    try:
        if isinstance(body, str):
            assert found is not None
            body = base64.b64decode(plain_of(unseal(body, found.decrypt)), validate=True)
        return copy_from_json(zlib.decompress(body).decode())
    except (zlib.error, binascii.Error, ValueError):
        return {}
