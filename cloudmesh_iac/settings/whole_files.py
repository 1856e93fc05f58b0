"""Write a file so that nobody sees it half written, and no power cut loses it."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

_NEW_FILE_MODE = 0o644


def write_whole(path: Path, text: str, *, like: Path | None = None) -> None:
    """Write a file, with the mode that it has, else with that of another file.

    Errors: OSError.
    """
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), _mode(path, like or path))
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
        make_durable(path.parent)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def make_durable(folder: Path) -> None:
    """A new name is lost in a power cut until its folder is written too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mode(*files: Path) -> int:
    there = (file.stat().st_mode & 0o777 for file in files if file.exists())
    return next(there, _NEW_FILE_MODE)
