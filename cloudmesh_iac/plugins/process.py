"""Start the program of a plugin, learn its port, and stop it."""

import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from cloudmesh_iac.errors import CmxError

_GUARD = Path(__file__).with_name("guard.py")
_LONGEST_LINE = 1 << 16
_KEPT_LINES = 20
_LEAVE_S = 5.0  # after SIGINT, as much as Pulumi gives
_KILLED_S = 5.0
_LAST_OUTPUT_S = 1.0
_HIGHEST_PORT = 65535
# Some programs tell the terminal about their progress before they say anything else.
_TERMINAL_NOISE = ("\x1b]9;4;3;\x1b\\", "\x1b]9;4;0;\x1b\\")


class Peer(Protocol):
    """Whoever answers on a port of this computer."""

    @property
    def port(self) -> int: ...

    @property
    def is_ours(self) -> bool:
        """Whether we have started it, and stop it."""
        ...

    def is_alive(self) -> bool: ...

    def last_words(self) -> str:
        """Return the last lines that it printed; empty where nobody knows."""
        ...

    def stop(self) -> None:
        """Returns when it is gone. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Attached:
    """A plugin that somebody else has started and will stop."""

    port: int

    @property
    def is_ours(self) -> bool:
        return False

    def is_alive(self) -> bool:
        return True

    def last_words(self) -> str:
        return ""

    def stop(self) -> None:
        """It is not ours."""


@dataclass(frozen=True, slots=True)
class Start:
    """What to start, in which folder; `python` is the interpreter of its guard."""

    program: Path
    engine_address: str
    environment: Mapping[str, str]
    folder: Path
    python: str


class PluginProcess:
    """A running plugin below its guard, which ends it also when we are killed."""

    def __init__(self, process: "subprocess.Popen[bytes]", on_line: Callable[[str], None]) -> None:
        self._process = process
        self._on_line = on_line
        self._tail: deque[str] = deque(maxlen=_KEPT_LINES)
        self._first_line: Future[str] = Future()
        self._port = 0
        assert process.stdout is not None
        assert process.stderr is not None
        self._readers = (
            _begin(self._read_output, process.stdout),
            _begin(self._drain, process.stderr),
        )

    @property
    def port(self) -> int:
        return self._port

    @property
    def is_ours(self) -> bool:
        return True

    def await_port(self, deadline_s: float) -> None:
        """Wait for the first line. Errors: CmxError when it ends, is silent, or names no port."""
        try:
            line = self._first_line.result(deadline_s)
        except TimeoutError as error:
            raise CmxError(f"it named no port within {deadline_s:g} s") from error
        if not line:
            raise CmxError("it ended before it named its port")
        self._port = _parse_port(line)

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def last_words(self) -> str:
        return "\n".join(self._tail)

    def stop(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.send_signal(signal.SIGINT)
            self._process.wait(_LEAVE_S)
        assert self._process.stdin is not None
        self._process.stdin.close()  # now the guard kills what is left
        try:
            self._process.wait(_KILLED_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
        for reader in self._readers:
            reader.join(_LAST_OUTPUT_S)

    def _read_output(self, output: IO[bytes]) -> None:
        line = output.readline(_LONGEST_LINE)
        self._first_line.set_result(line.decode(errors="replace"))
        self._drain(output)

    def _drain(self, output: IO[bytes]) -> None:
        with output:
            while piece := output.readline(_LONGEST_LINE):
                line = piece.decode(errors="replace").rstrip()
                if line:
                    self._tail.append(line)
                    self._on_line(line)


def start_process(start: Start, on_line: Callable[[str], None]) -> PluginProcess:
    """Start a program; its lines are told from threads of their own. Errors: OSError."""
    command = [start.python, "-I", "-S", str(_GUARD), str(start.program), start.engine_address]
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=start.folder,
        env=dict(start.environment),
        start_new_session=True,  # Ctrl-C reaches us only
    )
    return PluginProcess(process, on_line)


def _begin(read: Callable[[IO[bytes]], None], output: IO[bytes]) -> threading.Thread:
    thread = threading.Thread(target=read, args=(output,), name="plugin-output", daemon=True)
    thread.start()
    return thread


def _parse_port(line: str) -> int:
    for noise in _TERMINAL_NOISE:
        line = line.replace(noise, "")
    text = line.strip()
    if not (text.isdecimal() and 0 < int(text) <= _HIGHEST_PORT):
        raise CmxError(f"its first line is no port but {text[:80]!r}")
    return int(text)
