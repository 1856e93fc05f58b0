"""What a person sees at a terminal, and what a log gets."""

import os
import pty
import re
import select
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from signal import SIGINT
from struct import pack
from termios import TIOCSWINSZ
from time import monotonic

import pytest

from tests.integration.cli import BOOT, Cmx
from tests.rigs.waiting import eventually

_CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PIECES = re.compile(r"(\x1b\[[0-9;?]*[A-Za-z]|\r|\n)")


def screen_of(text: str) -> list[str]:
    """Return the lines that a terminal shows in the end, however often they were drawn over."""
    lines, row, column = [""], 0, 0
    for piece in _PIECES.split(text):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif up := re.fullmatch(r"\x1b\[(\d*)A", piece):
            row = max(0, row - int(up[1] or 1))
        elif piece and not piece.startswith("\x1b"):
            before = lines[row][:column].ljust(column)
            lines[row] = before + piece + lines[row][column + len(piece) :]
            column += len(piece)
    return [line.rstrip() for line in lines]


@dataclass
class Terminal:
    """A terminal of 100 columns with a process on it."""

    cmx: Cmx
    screen: str = ""
    _processes: list["subprocess.Popen[bytes]"] = field(default_factory=list)
    _end: int = -1

    def start(self, *arguments: str) -> None:
        ours, theirs = pty.openpty()
        ioctl(theirs, TIOCSWINSZ, pack("HHHH", 40, 100, 0, 0))
        process = subprocess.Popen(
            [*BOOT, *arguments],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=self.cmx.project,
            env=self.cmx.environment_of({"TERM": "xterm-256color"}),
            start_new_session=True,
        )
        os.close(theirs)
        self._end = ours
        self._processes.append(process)

    def read_until(self, text: str, within_s: float = 30) -> None:
        """Read until this text has been shown."""
        deadline = monotonic() + within_s
        while text not in self.plain and monotonic() < deadline and self._read():
            pass
        assert text in self.plain, self.plain

    def say(self, text: str) -> None:
        os.write(self._end, text.encode())

    def interrupt(self) -> None:
        self._processes[-1].send_signal(SIGINT)

    def end(self, within_s: float = 30) -> int:
        """Read to the end and return the exit code."""
        deadline = monotonic() + within_s
        while monotonic() < deadline and self._read():
            pass
        return self._processes[-1].wait(timeout=within_s)

    @property
    def plain(self) -> str:
        return _CODES.sub("", self.screen)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(timeout=10)
        if self._end >= 0:
            os.close(self._end)

    def _read(self) -> bool:
        """Return whether there may be more."""
        if not select.select([self._end], [], [], 0.2)[0]:
            return True
        with suppress(OSError):  # the kernel's way to say that the other end is closed
            told = os.read(self._end, 65536)
            self.screen += told.decode(errors="replace")
            return bool(told)
        return False


@pytest.fixture
def terminal(cmx: Cmx) -> Iterator[Terminal]:
    terminal = Terminal(cmx)
    yield terminal
    terminal.close()


def held_study(cmx: Cmx) -> Path:
    """Write a study whose jobs end when the returned file is there."""
    go = cmx.folder / "go"
    cmx.study(script=f"touch {cmx.folder}/begun; while [ ! -e {go} ]; do sleep 0.05; done")
    return go


def test_a_run_is_a_live_tree_and_leaves_the_terminal_clean(cmx: Cmx, terminal: Terminal) -> None:
    # given
    go = held_study(cmx)

    # when
    terminal.start("up", "--wait")
    terminal.read_until("[y/N]")
    terminal.say("y\n")
    terminal.read_until("running 2")
    live = terminal.plain
    go.touch()
    code = terminal.end()

    # then: it was drawn again and again, with counts and clocks
    assert code == 0
    assert "6 to create" in live
    assert "queued 4" in live
    assert re.search(r"size=1,repeat=1.*\d+(\.\d)? ?s", live)
    assert "\x1b[1A" in terminal.screen
    # and in the end there is only the summary
    shown = screen_of(terminal.screen)
    assert [line for line in shown if " · " in line or "running" in line or "queued" in line] == []
    assert len([line for line in shown if "completed in" in line]) == 6
    assert len([line for line in shown if line.startswith("done: 6 created")]) == 1
    assert len([line for line in shown if "COMPLETED" in line]) == 6
    assert terminal.screen.rfind("\x1b[?25h") > terminal.screen.rfind("\x1b[?25l")
    assert cmx.ran() == ["1 1", "1 2", "1 3", "2 1", "2 2", "2 3"]


def test_who_says_no_gets_nothing(cmx: Cmx, terminal: Terminal) -> None:
    # given
    cmx.study()

    # when
    terminal.start("up")
    terminal.read_until("[y/N]")
    terminal.say("n\n")
    code = terminal.end()

    # then
    assert code == 1
    assert "nothing was changed" in terminal.plain
    cmx.assert_untouched()


def test_ctrl_c_at_the_question_changes_nothing(cmx: Cmx, terminal: Terminal) -> None:
    # given
    cmx.study()

    # when
    terminal.start("up")
    terminal.read_until("[y/N]")
    terminal.interrupt()
    code = terminal.end()

    # then
    assert code == 130
    assert "Traceback" not in terminal.plain
    cmx.assert_untouched()


def test_ctrl_c_during_a_run_leaves_the_cursor_on(cmx: Cmx, terminal: Terminal) -> None:
    # given
    held_study(cmx)
    terminal.start("up", "--yes", "--wait")
    eventually((cmx.folder / "begun").exists)
    terminal.read_until("running 2")

    # when
    before = monotonic()
    terminal.interrupt()
    code = terminal.end()

    # then
    assert code == 130
    assert monotonic() - before < 1.5
    assert terminal.screen.rfind("\x1b[?25h") > terminal.screen.rfind("\x1b[?25l")
    assert "cmx wait" in terminal.plain
    assert "Traceback" not in terminal.plain


def test_a_program_that_prints_does_not_break_the_tree(cmx: Cmx, terminal: Terminal) -> None:
    # given
    cmx.study(("import cloudmesh_iac as cmx", "import cloudmesh_iac as cmx\nprint('hello')"))

    # when
    terminal.start("up", "--yes", "--wait")
    code = terminal.end()

    # then
    assert code == 0
    shown = screen_of(terminal.screen)
    assert len([line for line in shown if "hello" in line]) == 2  # planned, then carried out
    assert [line for line in shown if " · " in line] == []
    assert "6 created" in terminal.plain


def test_a_log_gets_plain_lines(cmx: Cmx) -> None:
    # given
    cmx.study()

    # when
    said = cmx("up", "--yes", "--wait", environment={"TERM": "xterm-256color"})

    # then
    assert "\x1b" not in said.all
    assert re.search(r"\d\.\ds .* job work/size=1,repeat=1 submitted", said.stderr)
    assert re.search(r"\d\.\ds .* job work/size=2,repeat=3 completed in", said.stderr)
    assert "6 created" in said.stdout


def test_a_secret_typed_at_a_terminal_is_not_shown(cmx: Cmx, terminal: Terminal) -> None:
    # given
    cmx.program("")
    terminal.start("config", "set", "token", "--secret")

    # when
    terminal.read_until("Value of lab:token:")
    terminal.say("canary\n")

    # then
    assert terminal.end() == 0
    assert "set lab:token of study (secret)" in terminal.plain
    assert "canary" not in terminal.plain
    assert cmx("config", "get", "token").stdout == "canary\n"


def test_a_new_passphrase_is_typed_twice(cmx: Cmx, terminal: Terminal) -> None:
    # given
    cmx.program("")
    cmx("config", "set", "token", "canary", "--secret")
    terminal.start("stack", "passphrase")

    # when
    for question, answer in (("New passphrase:", "sesame"), ("The same again:", "other")):
        terminal.read_until(question)
        terminal.say(f"{answer}\n")

    # then
    assert terminal.end() == 64
    assert "the two differ" in terminal.plain
    assert "sesame" not in terminal.plain
    assert cmx("config", "get", "token").stdout == "canary\n"
