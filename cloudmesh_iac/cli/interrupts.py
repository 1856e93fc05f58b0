"""Ctrl-C once: stop starting, let go of waits. Twice: stop now; the journal heals it."""

import os
import signal
import sys
import threading
from types import FrameType
from typing import assert_never

from cloudmesh_iac.core.locks import Stop
from cloudmesh_iac.errors import ExitCode

_SHOW_CURSOR = "\x1b[?25h"


class Interrupts:
    """Turns the first signal into KeyboardInterrupt and the second into the end of the process."""

    def __init__(self) -> None:
        self._seen = 0

    def install(self) -> None:
        """Listen for Ctrl-C, a polite kill, and a connection that breaks."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._take)

    def press(self, how: Stop) -> None:
        """Do what Ctrl-C does, from any thread; who is stopping already is not pressed harder."""
        match how:
            case Stop.SOON:
                main = threading.main_thread().ident
                if self._seen == 0 and main is not None:
                    signal.pthread_kill(main, signal.SIGINT)
            case Stop.NOW:
                _stop_now()
            case _:
                assert_never(how)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        self._seen += 1
        if self._seen == 1:
            raise KeyboardInterrupt
        _stop_now()


def _stop_now() -> None:
    if sys.stderr.isatty():
        sys.stderr.write(_SHOW_CURSOR)
    sys.stderr.write("\nstopped; what was under way is settled by the next command\n")
    sys.stderr.flush()
    os._exit(ExitCode.INTERRUPTED)


INTERRUPTS = Interrupts()
