"""Which public keys does this person have? Private ones are never read."""

import re
from pathlib import Path

_KEY = re.compile(
    r"(ssh-[a-z0-9-]+|ecdsa-sha2-[a-z0-9-]+|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]{16,}( .*)?"
)
_NAMES = ("id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub")


def is_public_key(text: str) -> bool:
    return _KEY.fullmatch(text.strip()) is not None


def own_keys_folder(home: Path) -> Path:
    """Return where keys lie that were made for this person's machines."""
    return home / ".cloudmesh" / "ssh"


def own_public_key(home: Path) -> Path | None:
    """Return the person's key: the first of the usual ones, else the one made for machines."""
    for folder in (home / ".ssh", own_keys_folder(home)):
        for name in _NAMES:
            if (folder / name).is_file():
                return folder / name
    return None


def read_public_key(file: Path) -> str:
    """Errors: ValueError for a file that cannot be read or holds no public key."""
    try:
        text = file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{file} cannot be read") from error
    if not is_public_key(text):
        raise ValueError(f"{file} holds no public key")
    return text
