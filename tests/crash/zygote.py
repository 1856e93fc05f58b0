"""A process that has loaded everything and only forks: a run costs no start of an interpreter."""

import faulthandler
import json
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import asdict
from enum import IntEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from cloudmesh_iac.errors import StoreUnusable
from tests.crash.metal import KIND, MetalProject
from tests.crash.project import Order, Project, What

_FOLDER = Path(__file__).parents[2]
_TICK_S = 0.002
_DEADLINE_S = 300.0
_SAYS_WHERE_S = 240.0  # a run that hangs says what its threads do


class End(IntEnum):
    """How the process of a run ended."""

    WHOLE = 0
    UNUSABLE = 3  # its state could not be written
    KILLED = -9


class Zygote:
    """Our end of it."""

    def __init__(self) -> None:
        self._orders = 0
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.zygote"],
            cwd=_FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, project: Project, order: Order) -> End:
        """Carry out one run in a process of its own."""
        about = {"folder": str(project.folder), "kind": project.kind}
        message = {**about, "environment": dict(project.environment), **asdict(order)}
        self._orders += 1
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(message)}\n")
        self._process.stdin.flush()
        while True:  # what a test asked for that was stopped meanwhile is for nobody
            number, end = json.loads(self._process.stdout.readline())
            if number == self._orders:
                return End(end)

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
    for number, line in enumerate(sys.stdin, 1):
        message = json.loads(line)
        about = Path(message.pop("folder")), message.pop("kind"), message.pop("environment")
        kind = MetalProject if about[1] == KIND else Project
        project = kind(*about)
        order = Order(**{**message, "what": What(message["what"])})
        pid = os.fork()
        if pid == 0:
            _work(project, order)
        sys.stdout.write(f"{json.dumps([number, _end_of(pid, order.kill_after_s)])}\n")
        sys.stdout.flush()


def _work(project: Project, order: Order) -> None:
    code = 1
    try:
        os.dup2(2, 1)  # the answers go through stdout
        faulthandler.dump_traceback_later(_SAYS_WHERE_S)
        project.run(order)
        code = End.WHOLE
    except StoreUnusable:
        code = End.UNUSABLE
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
