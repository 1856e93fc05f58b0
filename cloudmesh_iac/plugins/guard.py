"""Run a plugin as a child in a process group of its own, and end that group when we are gone.

Started by its path, without site packages, so that it costs little. Its standard input is a pipe
that nobody writes to: it ends when the process that holds the other end has died, however it died.
"""

import os
import signal
import sys
from contextlib import suppress

_NOT_STARTED = 127
_SIGNAL_BASE = 128
_FORWARDED = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    everything = (*_FORWARDED, signal.SIGCHLD)
    signal.pthread_sigmask(signal.SIG_BLOCK, everything)  # until there is somebody to tell
    pid = os.fork()
    if pid == 0:
        _become(sys.argv[1:], everything)
    with suppress(OSError):  # the child does it too; who is second may be too late
        os.setpgid(pid, pid)
    for number in _FORWARDED:
        signal.signal(number, lambda number, _: _kill(pid, number))
    signal.signal(signal.SIGCHLD, lambda _number, _frame: _end_if_over(pid))
    _let_go_of_output()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, everything)
    while os.read(0, 1):
        pass
    _kill(pid, signal.SIGKILL)
    while True:
        signal.pause()


def _become(command: list[str], blocked: tuple[signal.Signals, ...]) -> None:
    os.setpgid(0, 0)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, blocked)
    try:
        os.execv(command[0], command)  # noqa: S606 - a shell is what we do not want
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(_NOT_STARTED)


def _let_go_of_output() -> None:
    """Whoever reads what the plugin prints sees the end of it when the plugin ends."""
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)


def _end_if_over(pid: int) -> None:
    if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        return  # it was stopped or goes on
    _kill(pid, signal.SIGKILL)  # what it has left running; the id of the group is still ours
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os._exit(code if code >= 0 else _SIGNAL_BASE - code)


def _kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


if __name__ == "__main__":
    main()
