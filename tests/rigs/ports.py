"""Which ports of this computer are free for a rig, and does somebody answer at one?"""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import IO

from tests.rigs.starting import CannotStart

HERE = "127.0.0.1"
Place = tuple[str, int]


@contextmanager
def free_block(rig: str, firsts: range, places: Callable[[int], Iterable[Place]]) -> Iterator[int]:
    """Find a block of ports that nobody uses, and keep others from it until the servers listen.

    Returns the first port of the block; `places` says which addresses and ports one needs that
    begins there. Errors: CannotStart.
    """
    for first in firsts:
        with Path(f"/tmp/cmx-{rig}-ports-{first}.lock").open("w") as lock:
            if _is_locked(lock) and all(map(_is_free, places(first))):
                yield first
                return
    raise CannotStart(f"no free ports from {firsts.start} to {firsts.stop}")


def answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HERE, port), timeout=1):
        return True
    return False


def _is_locked(file: IO[str]) -> bool:
    """Lock it, unless somebody else has."""
    try:
        flock(file, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_free(place: Place) -> bool:
    with socket.socket() as attempt:
        try:
            attempt.bind(place)
        except OSError:
            return False
    return True
