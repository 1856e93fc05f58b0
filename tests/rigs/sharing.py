"""One server for all workers of a test run: the first starts it, the last stops it.

Who uses a server is written down beside it as a process with its start time. So one whose users
were all killed is found by the next run, and stopped.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.rigs.starting import CannotStart, locked, process_started

_USERS = "users"
_REASON = "reason"


class Shared:
    """The servers of one kind; their folders are `<prefix>-<run>`.

    `start` brings a server up in an empty folder, `stop` takes it down and removes the folder; both
    get the folder. Errors of `start`: CannotStart.
    """

    def __init__(
        self, prefix: Path, *, start: Callable[[Path], None], stop: Callable[[Path], None]
    ) -> None:
        self._prefix = prefix
        self._start = start
        self._stop = stop
        # The workers of pytest-xdist share this id; a run without workers is alone.
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"{os.getpid()}"
        self.folder = prefix.with_name(f"{prefix.name}-{run[:12]}")

    def acquire(self) -> None:
        """Use the server, and start it for that if nobody has. Errors: CannotStart."""
        with locked(self._prefix.with_name(f"{self._prefix.name}.users.lock")):
            self._sweep()
            if self.folder.exists():
                self._join()
                return
            self._make_folder()
            try:
                self._start(self.folder)
            except BaseException as error:
                self._stop(self.folder)
                if isinstance(error, CannotStart):
                    self._remember(str(error))
                raise

    def release(self) -> None:
        with locked(self._prefix.with_name(f"{self._prefix.name}.users.lock")):
            self._own_mark().unlink(missing_ok=True)
            self._sweep()

    def _join(self) -> None:
        self._own_mark().write_text(process_started(str(os.getpid())))
        reason = self.folder / _REASON
        if reason.exists():
            raise CannotStart(reason.read_text())

    def _remember(self, reason: str) -> None:
        """Spare the other workers a second attempt."""
        self._make_folder()
        (self.folder / _REASON).write_text(reason)

    def _make_folder(self) -> None:
        (self.folder / _USERS).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self._own_mark().write_text(process_started(str(os.getpid())))

    def _own_mark(self) -> Path:
        return self.folder / _USERS / str(os.getpid())

    def _sweep(self) -> None:
        for users in self._prefix.parent.glob(f"{self._prefix.name}-*/{_USERS}"):
            if not any(process_started(user.name) == user.read_text() for user in users.iterdir()):
                self._stop(users.parent)
                shutil.rmtree(users.parent, ignore_errors=True)
