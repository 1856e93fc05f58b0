"""Which key opens the secrets of a stack?"""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from functools import partial

from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.values import Secret, Value
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.passphrases import FILE_VARIABLE, VARIABLE, Passphrase, Passphrases
from cloudmesh_iac.settings.stack_settings import StackSettings
from cloudmesh_iac.store.ciphers import Cipher, cipher_of, derive, new_cipher
from cloudmesh_iac.store.copies import seal_copies
from cloudmesh_iac.wire.plain import from_json


class Keys:
    """The keys that this person has passphrases for; each is derived once. Safe between threads."""

    def __init__(
        self,
        computer: Computer,
        passphrases: Passphrases | None,
        *,
        seen: Callable[[Value], None] = lambda _: None,
    ) -> None:
        """Without passphrases it opens nothing, and takes no time. `seen` hears of each secret."""
        self._seen = seen
        self._computer = computer
        self._passphrases = passphrases
        self._lock = threading.Lock()
        self._known: dict[str, Cipher | None] = {}
        self._texts: dict[tuple[bytes, str], str] = {}
        self._opened: dict[StackId, tuple[str, Cipher]] = {}
        self._right: dict[StackId, Passphrase] = {}
        self._digest_keys: dict[tuple[str, str], bytes] = {}

    def cipher(self, salt: str, stack: StackId) -> Cipher | None:
        """Return what opens a stack's secrets; None when no passphrase is at hand.

        Errors: UsageProblem for a wrong passphrase.
        """
        with self._lock:
            if salt not in self._known:
                self._known[salt] = self._find(salt, stack)
            cipher = self._known[salt]
            if cipher is not None:
                self._opened.setdefault(stack, (salt, cipher))
            return cipher

    def needed_cipher(self, salt: str, stack: StackId) -> Cipher:
        """Return what opens a stack's secrets.

        Errors: UsageProblem for a passphrase that is wrong or missing.
        """
        cipher = self.cipher(salt, stack)
        if cipher is None:
            raise unreadable(stack)
        return cipher

    def opened_by(self, passphrase: str, salt: str, stack: StackId) -> Cipher:
        """Return what opens a stack's secrets: this passphrase, else those that there are.

        Errors: UsageProblem, as above.
        """
        cipher = _opened_with(Passphrase(passphrase, "your answer"), salt, stack)
        return self.needed_cipher(salt, stack) if cipher is None else cipher

    def begin(self, stack: StackId) -> tuple[str, Cipher]:
        """Return a salt and its cipher for the first secret in the state or settings of a stack.

        They are those of the other place, if it was opened: one key is derived in half the time of
        two, and has one passphrase.
        """
        assert self._passphrases is not None
        with self._lock:
            if stack not in self._opened:
                new = self._passphrases.for_new().text
                salt, cipher = new_cipher(new, self._computer.random_bytes)
                self._known[salt] = cipher
                self._opened[stack] = salt, cipher
            return self._opened[stack]

    def encrypt(self, cipher: Cipher, text: str) -> str:
        """The same text gives the same bytes in one run: thousands of resources share a few."""
        key = cipher.key, text
        with self._lock:
            if key not in self._texts:
                self._seen(_secret(text))
                self._texts[key] = cipher.encrypt(text, self._computer.random_bytes)
            return self._texts[key]

    def decrypt(self, cipher: Cipher, text: str) -> str:
        """Errors: ValueError for what was encrypted with another key."""
        clear = cipher.decrypt(text)
        self._seen(_secret(clear))
        return clear

    def seal_copies(self, connection: sqlite3.Connection, stack: StackId, salt: str) -> None:
        """Encrypt what is kept of the programs of a stack that has secrets, if its key is here."""
        cipher = partial(self.cipher, stack=stack)
        seal_copies(connection, stack, salt, cipher=cipher, random=self._computer.random_bytes)

    def digest_key(self, stack: StackId, seed_key: str) -> bytes | None:
        """Return the key that tells secrets of a stack apart; None without a passphrase.

        It takes a fifth of a second once. Nobody is asked, and no file is made for it.
        """
        with self._lock:
            passphrase = self._right.get(stack)
            if passphrase is None and self._passphrases is not None:
                passphrase = self._passphrases.at_hand()
            if passphrase is None:
                return None
            known = passphrase.text, seed_key
            if known not in self._digest_keys:
                self._digest_keys[known] = derive(passphrase.text, f"digests {seed_key}".encode())
            return self._digest_keys[known]

    def _find(self, salt: str, stack: StackId) -> Cipher | None:
        tried = None
        offered = () if self._passphrases is None else self._passphrases.offered(stack.name)
        for tried in offered:
            cipher = _opened_with(tried, salt, stack)
            if cipher is not None:
                self._right[stack] = tried
                return cipher
        if tried is None:
            return None
        raise UsageProblem(
            f"the passphrase from {tried.origin} is not that of the secrets of {stack}",
            subject=str(stack),
            hint=f"give the right one in {VARIABLE}, or the file that holds it in {FILE_VARIABLE}",
        )


def _secret(text: str) -> Value:
    """Return what stands in an encrypted text: JSON in the state, a plain text in settings."""
    try:
        return Secret((text, from_json(text)))
    except ValueError:
        return Secret(text)


def _opened_with(passphrase: Passphrase, salt: str, stack: StackId) -> Cipher | None:
    try:
        return cipher_of(salt, passphrase.text)
    except ValueError as error:
        raise UsageProblem(
            f"the salt of the secrets of {stack} is damaged: {error}",
            subject=str(stack),
            hint="take `encryptionsalt:` back from where it was lost",
        ) from error


def unreadable(stack: StackId) -> UsageProblem:
    """Return the error for who has no passphrase at all, and needs one."""
    return UsageProblem(
        f"the secrets of {stack} cannot be read here",
        subject=str(stack),
        hint=f"give their passphrase in {VARIABLE}, or the file that holds it in {FILE_VARIABLE}",
    )


def opened_settings(
    settings: StackSettings, keys: Keys, cipher: Cipher, *, stack: StackId
) -> Mapping[str, str]:
    """Return the secret settings of a stack in clear.

    Errors: UsageProblem for one that was encrypted with another key.
    """
    try:
        return settings.opened(partial(keys.decrypt, cipher))
    except ValueError as error:
        raise UsageProblem(
            f"a secret setting of {stack} cannot be read: {error}",
            subject=str(stack),
            hint="its `encryptionsalt:` and its value must come from the same file",
        ) from error
