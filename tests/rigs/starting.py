"""What holds for every rig: it starts, or it says why not."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import NoReturn

import pytest


class CannotStart(Exception):
    """This computer cannot have the server; the message says why."""


def refuse(rig: str, reason: str) -> NoReturn:
    """Skip the tests of a rig; under CI=true nobody would read that, so they fail."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{rig}: {reason}", pytrace=False)
    pytest.skip(f"{rig}: {reason}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other test processes of this computer out."""
    with path.open("w") as file:
        flock(file, LOCK_EX)
        yield


def is_root() -> bool:
    return os.geteuid() == 0


def process_started(pid: str) -> str:
    """Return when a process started, in the kernel's ticks; "gone" for one that has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return "gone"
    return "gone" if fields[0] == "Z" else fields[19]
