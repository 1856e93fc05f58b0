"""Tell two secrets apart without saying what they are."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.values import Unknown, Value, has_unknown, without_secrets
from cloudmesh_iac.store.ciphers import Cipher
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.wire.plain import to_json


@dataclass(frozen=True, slots=True)
class SettingDigest:
    """What a secret setting is compared by: the same value has the same `hmac`.

    That is empty without the passphrase; then the encrypted text counts, `text` is its SHA-256.
    """

    text: str
    hmac: str = ""

    @property
    def best(self) -> str:
        return self.hmac or self.text


def digests_of_settings(
    written: Mapping[str, str], opened: Mapping[str, str], cipher: Cipher | None
) -> Mapping[str, SettingDigest]:
    """Return a digest of each secret setting: as it is written, and of what is in it.

    Without the passphrase, and so without the cipher, there is nothing of what is in it.
    """
    texts = {key: hashlib.sha256(text.encode()).hexdigest() for key, text in written.items()}
    if cipher is None:
        return {key: SettingDigest(text) for key, text in texts.items()}
    own = hmac.digest(cipher.key, b"digests of settings", "sha256")
    return {
        key: SettingDigest(text, hmac.digest(own, f"{key}={opened[key]}".encode(), "sha256").hex())
        for key, text in texts.items()
    }


class SecretDigests:
    """Digests under a key of one stack: who has not its passphrase can try out no guesses."""

    def __init__(self, keys: Keys, stack: StackId, seed_key: str) -> None:
        """Without a seed key there is no digest: each preview of a new stack has another one."""
        self._keys = keys
        self._stack = stack
        self._seed_key = seed_key

    def __call__(self, secret: Value) -> str | None:
        """Return the digest, None for what is not known or where the key is missing."""
        if isinstance(secret, Unknown) and secret.seal:
            return secret.seal
        if not self._seed_key or has_unknown(secret):
            return None
        key = self._keys.digest_key(self._stack, self._seed_key)
        if key is None:
            return None
        return hmac.digest(key, to_json(without_secrets(secret)).encode(), "sha256").hex()
