"""Encrypt the secrets inside stored JSON texts, and nothing else of them.

The texts are those of `wire.plain.dump_json`: canonical, so that a secret always looks the same.
"""

import json
import re
from collections.abc import Callable

from cloudmesh_iac.wire.marks import SECRET, SIGNATURE, UNKNOWN_TEXT
from cloudmesh_iac.wire.plain import SEAL

_HEAD = f'{{"{SIGNATURE}":"{SECRET}",'
_PLAIN = re.compile(re.escape(_HEAD) + r'"plaintext":("(?:[^"\\]|\\.)*")\}')
_SEALED = re.compile(re.escape(_HEAD) + r'"ciphertext":"([^"\\]*)"\}')


def has_plain(text: str) -> bool:
    """Say whether a text holds a secret in clear."""
    return _HEAD in text and _PLAIN.search(text) is not None


def has_sealed(text: str) -> bool:
    return _HEAD in text and _SEALED.search(text) is not None


def seal(text: str, encrypt: Callable[[str], str]) -> str:
    """Return the text with its secrets encrypted; those that are already stay as they are."""
    return _PLAIN.sub(
        lambda found: f'{_HEAD}"ciphertext":"{encrypt(json.loads(found[1]))}"}}', text
    )


def unseal(text: str, decrypt: Callable[[str], str]) -> str:
    """Return the text with its secrets in clear. Errors: whatever `decrypt` raises."""
    return _SEALED.sub(lambda found: _plain(decrypt(found[1])), text)


def hide(text: str) -> str:
    """Return the text with an unknown in place of each secret, for who cannot read them."""
    return _SEALED.sub(lambda _: _unknown(), text)


def hide_but(text: str, seal_of: Callable[[str], str]) -> str:
    """Return it as `hide` does, with what tells a secret apart; `seal_of` finds that in its text.

    That is empty where nothing does.
    """
    return _SEALED.sub(lambda found: _unknown(seal_of(found[1])), text)


def _unknown(seal: str = "") -> str:
    if not seal:
        return _plain(json.dumps(UNKNOWN_TEXT))
    return f'{_HEAD}"{SEAL}":{json.dumps(seal)}}}'


def as_secret(text: str) -> str:
    """Return a text of its own as a secret in clear, so that it can be sealed as one."""
    return _plain(json.dumps(text))


def plain_of(secret: str) -> str:
    """Return what `as_secret` was given. Errors: ValueError for anything else."""
    found = _PLAIN.fullmatch(secret)
    if found is None:
        raise ValueError("this is no secret")
    text = json.loads(json.loads(found[1]))
    if not isinstance(text, str):
        raise ValueError("this is no text")
    return text


def _plain(value: str) -> str:
    return f'{_HEAD}"plaintext":{json.dumps(value)}}}'
