"""Tell two secrets apart without saying what they are."""

import hmac

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.values import Value, has_unknown, without_secrets
from cloudmesh_iac.store.keys import Keys
from cloudmesh_iac.wire.plain import to_json


class SecretDigests:
    """Digests under a key of one stack: who has not its passphrase can try out no guesses."""

    def __init__(self, keys: Keys, stack: StackId, seed_key: str) -> None:
        """Without a seed key there is no digest: each preview of a new stack has another one."""
        self._keys = keys
        self._stack = stack
        self._seed_key = seed_key

    def __call__(self, secret: Value) -> str | None:
        """Return the digest, None for what is not known or where the key is missing."""
        if not self._seed_key or has_unknown(secret):
            return None
        key = self._keys.digest_key(self._stack, self._seed_key)
        if key is None:
            return None
        return hmac.digest(key, to_json(without_secrets(secret)).encode(), "sha256").hex()
