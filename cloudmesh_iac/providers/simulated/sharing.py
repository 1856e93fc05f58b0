"""Let several processes share a simulated site: a file that one of them has at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

_One = TypeVar("_One")


@contextmanager
def alone_with(path: Path) -> Iterator[None]:
    """Nobody else has the file inside the block; it may not be there yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_world(path: Path, content: bytes) -> None:
    """The file is whole at every moment, also when its writer is killed."""
    draft = path.with_name(f"{path.name}.draft")
    draft.write_bytes(content)
    draft.replace(path)


@contextmanager
def filed(path: Path, adapter: TypeAdapter[dict[str, _One]]) -> Iterator[dict[str, _One]]:
    """Read what stands in a file and write it back.

    What was changed before an error stays: a site does not take back half of a call.
    """
    with alone_with(path):
        ones = adapter.validate_json(path.read_bytes()) if path.exists() else {}
        before = dict(ones)
        try:
            yield ones
        finally:
            if ones != before:
                write_world(path, adapter.dump_json(ones))
