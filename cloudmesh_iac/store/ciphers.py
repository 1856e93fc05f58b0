"""Encrypt texts as Pulumi's passphrase provider does, so that both engines can read them.

A key comes from a passphrase by PBKDF2 with SHA-256; AES-256-GCM is what it is for. A `salt` text,
`v1:<salt>:v1:<nonce>:<text>`, is all that has to be kept beside the encrypted texts: its end is a
known word, so that a wrong passphrase is seen at once. Source: pkg/secrets/passphrase and
sdk/go/common/resource/config/crypt.go.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 1_000_000
_VERSION = "v1"
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 8, 12, 32
_KNOWN_WORD = "pulumi"

RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class Cipher:
    """One key, ready for use."""

    key: bytes

    def encrypt(self, text: str, random: RandomBytes) -> str:
        nonce = random(_NONCE_BYTES)
        body = AESGCM(self.key).encrypt(nonce, text.encode("utf-8", "surrogatepass"), None)
        return f"{_VERSION}:{_to_base64(nonce)}:{_to_base64(body)}"

    def decrypt(self, encrypted: str) -> str:
        """Errors: ValueError for what was not encrypted with this key."""
        try:
            version, nonce, body = encrypted.split(":")
            text = AESGCM(self.key).decrypt(_from_base64(nonce), _from_base64(body), None)
        except (ValueError, InvalidTag) as error:
            raise ValueError("it was not encrypted with this passphrase") from error
        if version != _VERSION:
            raise ValueError(f"format {version} is not known")
        return text.decode("utf-8", "surrogatepass")


def new_cipher(passphrase: str, random: RandomBytes) -> tuple[str, Cipher]:
    """Return the salt that has to be kept, and the cipher."""
    salt = random(_SALT_BYTES)
    cipher = Cipher(derive(passphrase, salt))
    return f"{_VERSION}:{_to_base64(salt)}:{cipher.encrypt(_KNOWN_WORD, random)}", cipher


def cipher_of(salt: str, passphrase: str) -> Cipher | None:
    """Return the cipher, or None when this is not the passphrase. It takes a fifth of a second.

    Errors: ValueError for a text that is no salt.
    """
    version, encoded, *word = salt.split(":", 2)
    if version != _VERSION or not word:
        raise ValueError("this is no salt of a passphrase")
    cipher = Cipher(derive(passphrase, _from_base64(encoded)))
    try:
        return cipher if cipher.decrypt(word[0]) == _KNOWN_WORD else None
    except ValueError:
        return None


def derive(passphrase: str, salt: bytes) -> bytes:
    """Return the key of a passphrase. It takes a fifth of a second, and so does each guess."""
    return hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ROUNDS, _KEY_BYTES)


def _to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("this is no base64") from error
