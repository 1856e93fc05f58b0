"""Talk to the program that holds Pulumi's engine: one line of JSON in, one out."""

import selectors
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.rigs.starting import CannotStart

_LONGEST_HISTORY_S = 60.0
_LAST_WORDS = 2000


class EngineDied(Exception):
    """The program ended, or gave no answer in time; the message holds its last words."""


class PulumiEngine:
    """One process for many histories. After an EngineDied the next history starts another one."""

    def __init__(self, program: Path) -> None:
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def play(self, line: bytes) -> bytes:
        """Return the answer to one history. Errors: EngineDied, CannotStart."""
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(line.rstrip(b"\n") + b"\n")
            process.stdin.flush()
            return self._answer(process)
        except (BrokenPipeError, TimeoutError, EOFError) as error:
            self._stop()
            raise EngineDied(f"{error}\n{self._last_words()}") from error

    def close(self) -> None:
        self._stop()
        self._errors.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            try:
                self._process = subprocess.Popen(
                    [str(self._program)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=self._errors,
                    bufsize=0,
                )
            except OSError as error:
                raise CannotStart(f"Pulumi's engine: {error}") from error
        return self._process

    def _answer(self, process: subprocess.Popen[bytes]) -> bytes:
        assert process.stdout is not None
        ends_at = time.monotonic() + _LONGEST_HISTORY_S
        found = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not found.endswith(b"\n"):
                if not selector.select(max(0.0, ends_at - time.monotonic())):
                    raise TimeoutError(f"no answer within {_LONGEST_HISTORY_S:g} s")
                piece = process.stdout.read(1 << 16)
                if not piece:
                    raise EOFError("it ended")
                found += piece
        return bytes(found)

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read()[-_LAST_WORDS:].decode(errors="replace")
