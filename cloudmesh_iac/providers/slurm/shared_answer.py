"""Let one answer of the queue serve every cmx of a person on this computer.

The answer lies in a file that only its owner can read. Who asks holds the lock of that file until
the answer is written; who changes the queue waits for that, and takes the answer away. So a file is
never older than what any of them did.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudmesh_iac.settings.computer import SystemClock

_OWN = 0o600


class SharedAnswer:
    """A text with its age. Where the file cannot be kept, everybody asks for himself."""

    def __init__(self, file: Path, clock: SystemClock) -> None:
        self._file = file
        self._clock = clock

    def get(self, ask: Callable[[], str], *, younger_than_s: float) -> str:
        """Return a kept answer that is young enough, else ask. Errors: those of `ask`."""
        with self._locked() as file:
            kept = _kept(file, self._clock.now().timestamp(), younger_than_s)
            if kept is not None:
                return kept
            began_s = self._clock.now().timestamp()
            answer = ask()
            _write(file, f"{began_s}\n{answer}")
            return answer

    def forget(self) -> None:
        """What is kept is not true any more."""
        with self._locked() as file:
            _write(file, "")

    @contextmanager
    def _locked(self) -> Iterator[int | None]:
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWN)
        except OSError:
            yield None
            return
        try:
            yield file if _is_locked(file) else None
        finally:
            os.close(file)


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
    except OSError:  # some network file systems have no locks
        return False
    return True


def _kept(file: int | None, now_s: float, younger_than_s: float) -> str | None:
    if file is None:
        return None
    stamp, has_answer, answer = _read(file).partition("\n")
    try:
        age_s = now_s - float(stamp)
    except ValueError:
        return None
    # an answer from the future was kept under a clock that was wrong
    return answer if has_answer and 0 <= age_s < younger_than_s else None


def _read(file: int) -> str:
    parts = []
    os.lseek(file, 0, os.SEEK_SET)
    while part := os.read(file, 1 << 20):
        parts.append(part)
    return b"".join(parts).decode(errors="replace")


def _write(file: int | None, text: str) -> None:
    if file is None:
        return
    left = memoryview(text.encode(errors="replace"))
    os.ftruncate(file, 0)
    os.lseek(file, 0, os.SEEK_SET)
    while left:
        left = left[os.write(file, left) :]
