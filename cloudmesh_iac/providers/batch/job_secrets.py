"""How does a secret reach a job?

As a file in a folder of the job's directory that only its user can enter; never in a script, an
environment, a command line, or anything that a scheduler keeps. The job's script removes the folder
when the command has ended, and whoever collects or cancels the job does so too.
"""

import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.layout import SECRETS

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_OWNER_ONLY, _OWNER_MAY_ENTER = 0o600, 0o700


def is_secret_name(name: str) -> bool:
    """Say whether a secret may be called so: it becomes the name of a file."""
    return _NAME.fullmatch(name) is not None


def write_secrets(directory: Path, secrets: Mapping[str, str]) -> None:
    """Write one file for each secret. Errors: OSError; SiteRefused for a name that is no file's."""
    remove_secrets(directory)
    if not secrets:
        return
    folder = directory / SECRETS
    folder.mkdir(mode=_OWNER_MAY_ENTER)
    for name, value in secrets.items():
        if not is_secret_name(name):
            raise SiteRefused(
                f"a secret of a job cannot be called {name!r}",
                hint="it is the name of a file: letters, digits, and . _ - inside",
            )
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        handle = os.open(folder / name, flags, _OWNER_ONLY)
        with os.fdopen(handle, "wb") as file:
            file.write(value.encode(errors="surrogateescape"))


def remove_secrets(directory: Path) -> None:
    """Take the secrets of a job away; nothing happens where there are none."""
    shutil.rmtree(directory / SECRETS, ignore_errors=True)
