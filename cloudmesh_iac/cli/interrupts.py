"""Ctrl-C once: stop starting, let go of waits. Twice: stop now; the journal heals it."""

import os
import signal
import sys
from types import FrameType

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

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        self._seen += 1
        if self._seen == 1:
            raise KeyboardInterrupt
        if sys.stderr.isatty():
            sys.stderr.write(_SHOW_CURSOR)
        sys.stderr.write("\nstopped; what was under way is settled by the next command\n")
        sys.stderr.flush()
        os._exit(ExitCode.INTERRUPTED)
