"""The processes of one rig: started in sessions of their own, known again, ended."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from tests.rigs.starting import CannotStart, process_started

_MARK = "CMX_TEST_RIG"  # what a server starts inherits it, with the folder
_EACH_S = 0.05
_SHOWN_LINES = 5


@dataclass(frozen=True, slots=True)
class Processes:
    """Those of the rig in a folder; the output of each goes to a file of its name."""

    folder: Path
    logs: Path
    environment: Mapping[str, str]

    @property
    def surroundings(self) -> dict[str, str]:
        path = os.environ.get("PATH", os.defpath)
        base = {"PATH": f"{path}:/usr/sbin:/sbin", "LANG": "C.UTF-8", _MARK: str(self.folder)}
        return {**base, **self.environment}

    def start(
        self, name: str, argv: Sequence[str | Path], more: Mapping[str, str] | None = None
    ) -> None:
        """Start a process that lives on when this one ends."""
        log = self.logs / f"{name}.log"
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            pid = os.posix_spawnp(
                str(argv[0]),
                [str(word) for word in argv],
                {**self.surroundings, **(more or {})},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, nothing, 0),
                    (os.POSIX_SPAWN_DUP2, output, 1),
                    (os.POSIX_SPAWN_DUP2, output, 2),
                ],
                setsid=True,
            )
        except OSError as error:
            raise CannotStart(f"{name}: {error}") from error
        finally:
            os.close(output)
            os.close(nothing)
        (self.folder / "pids").mkdir(exist_ok=True)
        (self.folder / "pids" / name).write_text(f"{pid} {process_started(str(pid))}")

    def pid(self, name: str) -> int | None:
        """Return the process that was started under a name, if it is still that."""
        try:
            pid, started = (self.folder / "pids" / name).read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if process_started(pid) == started else None

    def run(
        self, name: str, argv: Sequence[str | Path], *, piped: str = "", timeout_s: float
    ) -> str:
        """Run a command to its end; return what it printed. Errors: CannotStart."""
        try:
            ended = subprocess.run(
                [str(word) for word in argv],
                env=self.surroundings,
                input=piped,
                capture_output=True,
                text=True,
                timeout=timeout_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise CannotStart(f"{name}: {error}") from error
        with (self.logs / f"{name}.log").open("a") as log:
            log.write(ended.stdout + ended.stderr)
        if ended.returncode != 0:
            raise CannotStart(f"{name}: {_last_lines(ended.stderr or ended.stdout)}")
        return ended.stdout

    def await_all(self, ready: Mapping[str, Callable[[], bool]], *, timeout_s: float) -> None:
        """Wait until each is ready; the keys are names of processes. Errors: CannotStart."""
        deadline = monotonic() + timeout_s
        left = dict(ready)
        while left:
            left = {name: is_ready for name, is_ready in left.items() if not is_ready()}
            for name in left:
                if self.pid(name) is None:
                    raise CannotStart(f"{name} has ended: {self.last_words(name)}")
                if monotonic() > deadline:
                    words = self.last_words(name)
                    raise CannotStart(f"{name} is not ready after {timeout_s:g} s: {words}")
            threading.Event().wait(_EACH_S)

    def last_words(self, name: str) -> str:
        texts = [self.logs / f"{name}.log", self.logs / f"{name}-own.log"]
        return "; ".join(_last_lines(text.read_text()) for text in texts if text.exists())

    def stop(self, names: Sequence[str], *, within_s: float) -> None:
        """Ask processes to end, and insist after a while."""
        _end([pid for name in names if (pid := self.pid(name)) is not None], within_s)

    def stop_rest(self, *, within_s: float) -> None:
        """End all that is left of the rig, also what a server has started."""
        names = [file.name for file in (self.folder / "pids").glob("*")]
        self.stop(names, within_s=within_s)
        _end(list(_with_mark(f"{_MARK}={self.folder}".encode())), within_s)


def _end(pids: Sequence[int], within_s: float) -> None:
    started = {pid: process_started(str(pid)) for pid in pids}
    _signal(pids, signal.SIGTERM)
    deadline = monotonic() + within_s
    while left := [pid for pid in pids if process_started(str(pid)) == started[pid] != "gone"]:
        if monotonic() > deadline:
            _signal(left, signal.SIGKILL)
            break
        threading.Event().wait(_EACH_S)
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _with_mark(mark: bytes) -> Iterator[int]:
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            with suppress(OSError):
                if mark in (process / "environ").read_bytes().split(b"\0"):
                    yield int(process.name)


def _last_lines(text: str) -> str:
    return " | ".join(text.strip().splitlines()[-_SHOWN_LINES:])
