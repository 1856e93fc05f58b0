"""A process that has loaded everything and only forks: a run costs no start of an interpreter."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.crash.project import Project, What

_FOLDER = Path(__file__).parents[2]
_TICK_S = 0.002
_DEADLINE_S = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """One run: of what, killed at which boundary, or after how many seconds. 0 is never."""

    folder: str
    kind: str
    what: What
    kill_at: int = 0
    kill_after_s: float = 0.0


class Zygote:
    """Our end of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            cwd=_FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, project: Project, what: What, *, at: int = 0, after_s: float = 0.0) -> bool:
        """Run it in a process of its own; say whether it came to its end."""
        order = [str(project.folder), project.kind, what, at, after_s]
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert answer in {0, -signal.SIGKILL}, f"the run ended with {answer}"
        return bool(answer == 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(_DEADLINE_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


def main() -> None:
    for line in sys.stdin:
        folder, kind, what, at, after_s = json.loads(line)
        order = Order(folder, kind, What(what), at, after_s)
        pid = os.fork()
        if pid == 0:
            _work(order)
        sys.stdout.write(f"{_end_of(pid, order.kill_after_s)}\n")
        sys.stdout.flush()


def _work(order: Order) -> None:
    code = 1
    try:
        os.dup2(2, 1)  # the answers go through stdout
        Project(Path(order.folder), order.kind).run(order.what, kill_at=order.kill_at)
        code = 0
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)


def _end_of(pid: int, kill_after_s: float) -> int:
    """Wait for a child, and kill it when its time has come; return its exit code."""
    began, pause = time.monotonic(), threading.Event()
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        passed_s = time.monotonic() - began
        if passed_s > (kill_after_s or _DEADLINE_S):
            os.kill(pid, signal.SIGKILL)
        pause.wait(_TICK_S)


if __name__ == "__main__":
    main()
