"""Start a child interpreter that runs one of our modules and speaks frames.

Imports nothing of Pulumi, so that the child loads it while the parent does.
"""

import socket
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from cloudmesh_iac.wire.frames import FrameSocket

_PACKAGE_PARENT = Path(__file__).resolve().parents[2]
_BOOT = (
    "import sys; sys.path.append({parent!r}); "
    "from importlib import import_module; import_module({module!r}).main()"
)
_GOODBYE_S = 0.5  # it ends as soon as it sees that we are gone, unless it is deep in a call
_LONGEST_GOODBYE_S = 5.0


class Child:
    """A running interpreter with our end of its socket."""

    def __init__(self, process: "subprocess.Popen[bytes]", link: FrameSocket) -> None:
        self.link = link
        self._process = process
        self._printer: threading.Thread | None = None

    def print_to(self, on_line: Callable[[str], None]) -> None:
        """Hand each line that the child prints to `on_line`, from a thread of its own."""
        self._printer = threading.Thread(
            target=self._print, args=(on_line,), name="child-output", daemon=True
        )
        self._printer.start()

    def _print(self, on_line: Callable[[str], None]) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                on_line(line.decode(errors="replace").rstrip("\n"))

    def stop(self) -> None:
        """Let the child go, and kill it if it stays; returns when it is gone. Idempotent."""
        self.link.close()
        try:
            self._process.wait(_GOODBYE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(_LONGEST_GOODBYE_S)
        if self._printer is not None:
            self._printer.join(_GOODBYE_S)  # what the program has left running keeps the pipe
        elif self._process.stdout is not None:
            self._process.stdout.close()


def launch(module: str, *, python: str, environment: Mapping[str, str]) -> Child:
    """Run the `main` of a module, with the number of its end of the socket as its argument.

    The child has a session of its own: Ctrl-C reaches the parent only. Errors: OSError where there
    is no such interpreter.
    """
    ours, theirs = socket.socketpair()
    boot = _BOOT.format(parent=str(_PACKAGE_PARENT), module=module)
    with theirs:
        try:
            process = subprocess.Popen(
                [python, "-c", boot, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                env=dict(environment),
            )
        except OSError:
            ours.close()
            raise
    return Child(process, FrameSocket(ours))
