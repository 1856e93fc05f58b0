"""When has a job's process ended, and how is it made to?"""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.providers.local.processes import signal_session
from cloudmesh_iac.settings.computer import SystemClock, is_alive

_TICK_S = 0.02  # between looks at processes that are being stopped
_GIVE_UP_S = 5.0  # after SIGKILL: what hangs in the kernel cannot be waited for
_ONLY_ASK = 0

# What wakes a runner: the end of its job, and a cancel. It has them blocked from its beginning.
RUNNER_SIGNALS = (signal.SIGCHLD, signal.SIGTERM)


@dataclass(slots=True)
class Child:
    """A process that we started. `exit_code` is as in a shell: 128 + n after signal n."""

    pid: int
    exit_code: int | None = None
    look_every_s: ClassVar[float] = 1.0  # its end is a signal, should that ever get lost

    def has_ended(self) -> bool:
        if self.exit_code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(status)
                self.exit_code = code if code >= 0 else 128 - code
        return self.exit_code is not None


@dataclass(slots=True)
class Stranger:
    """A process whose parent was killed: nobody can ask for its exit code any more."""

    pid: int
    ticks: str
    exit_code: int | None = None
    look_every_s: ClassVar[float] = 0.2

    def has_ended(self) -> bool:
        return not is_alive(self.pid, self.ticks)


@dataclass(frozen=True, slots=True)
class Watch:
    """One job under watch; its process leads the session of all that it started."""

    process: Child | Stranger
    clock: SystemClock
    is_cancelled: Callable[[], bool]
    kill_after_s: float

    def until_end(self, left_s: float | None) -> JobState | None:
        """Wait for the end, at most so long; return why it was stopped, None if by itself."""
        stopped = JobState.CANCELLED if self.is_cancelled() else self._until_cause(left_s)
        if stopped is not None and not self._is_gone(signal.SIGTERM, self.kill_after_s):
            self._is_gone(signal.SIGKILL, _GIVE_UP_S)
        return stopped

    def _until_cause(self, left_s: float | None) -> JobState | None:
        deadline = None if left_s is None else self.clock.monotonic_s() + left_s
        while not self.process.has_ended():
            wait_s = self.process.look_every_s
            if deadline is not None:
                wait_s = min(wait_s, deadline - self.clock.monotonic_s())
            if wait_s <= 0:
                return JobState.TIMEOUT
            woken_by = signal.sigtimedwait(RUNNER_SIGNALS, wait_s)
            # A shutting down computer sends SIGTERM too: the queue says whether it is a cancel.
            if woken_by and woken_by.si_signo == signal.SIGTERM and self.is_cancelled():
                return JobState.CANCELLED
        return None

    def _is_gone(self, number: signal.Signals, patience_s: float) -> bool:
        """Send a signal and wait until nothing of the job is left; SIGKILL again and again."""
        deadline = self.clock.monotonic_s() + patience_s
        again = number if number is signal.SIGKILL else _ONLY_ASK
        signal_session(self.process.pid, number)
        while signal_session(self.process.pid, again) or not self.process.has_ended():
            if self.clock.monotonic_s() >= deadline:
                return False
            self.clock.sleep(_TICK_S)
        return True
