"""Which name does a new object get by the rules of its stack?

A pattern is worked out in the order of Pulumi's engine 3.259, pkg/resource/autonaming.
"""

import re
from collections.abc import Iterator
from hashlib import sha256
from uuid import UUID

from cloudmesh_iac.core.naming import Naming, NamingRule
from cloudmesh_iac.core.urns import Urn, name_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "alphanum": _LETTERS + _DIGITS,
    "string": _LETTERS,
    "num": _DIGITS,
}
_RANDOM = re.compile(r"\$\{(hex|alphanum|string|num)\((\d+)\)\}")
_NAME, _UUID = "${name}", "${uuid}"
_UUID_BYTES = 16


def naming_of(rule: NamingRule | None, urn: Urn, seed: str) -> Naming | None:
    """Return what the provider is told; None where the stack has no rule.

    Equal seeds give equal names: `seed` is that of the object, in hex.
    """
    if rule is None:
        return None
    plain = rule.pattern.replace(_NAME, name_of(urn))
    name = _filled(plain, seed)
    return Naming(rule.mode, name, is_unique=name != plain, is_expected=rule.is_expected)


def _filled(pattern: str, seed: str) -> str:
    """Return the pattern with its random parts."""
    stream = _bytes(seed)

    def made_up(found: re.Match[str]) -> str:
        return _text(stream, _ALPHABETS[found.group(1)], int(found.group(2)))

    name = _RANDOM.sub(made_up, pattern)
    if _UUID not in name:
        return name
    return name.replace(_UUID, str(UUID(bytes=bytes(next(stream) for _ in range(_UUID_BYTES)))))


def _text(stream: Iterator[int], alphabet: str, length: int) -> str:
    """Return random characters of an alphabet, each as likely as the others."""
    fair = 256 - 256 % len(alphabet)
    picked = (byte for byte in stream if byte < fair)
    return "".join(alphabet[next(picked) % len(alphabet)] for _ in range(length))


def _bytes(seed: str) -> Iterator[int]:
    number = 0
    while True:
        yield from sha256(f"{seed} {number}".encode()).digest()
        number += 1
