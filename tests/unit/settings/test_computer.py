"""What this computer says, and which of its processes live."""

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.settings.computer import (
    SystemClock,
    is_alive,
    own_pid,
    process_started,
    python,
    this_computer,
)

NO_PID = 2**22 + 1  # more than Linux gives


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits to be killed, with a name that is hard to read."""
    program = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_a_process_is_known_by_pid_and_start(sleeper: "subprocess.Popen[bytes]") -> None:
    started = process_started(sleeper.pid)
    assert started.isdecimal()
    assert is_alive(sleeper.pid, started)
    assert not is_alive(sleeper.pid, str(int(started) - 1)), "the number belongs to another now"
    assert not is_alive(sleeper.pid, "")
    assert int(process_started(own_pid())) <= int(started)


def test_a_zombie_counts_as_gone(sleeper: "subprocess.Popen[bytes]") -> None:
    # given
    started = process_started(sleeper.pid)

    # when
    sleeper.kill()
    clock = SystemClock()
    deadline = clock.monotonic_s() + 10
    while "\nState:\tZ" not in Path(f"/proc/{sleeper.pid}/status").read_text():
        assert clock.monotonic_s() < deadline
        threading.Event().wait(0.005)

    # then
    assert process_started(sleeper.pid) == ""
    assert not is_alive(sleeper.pid, started)


def test_a_process_that_never_was_is_gone() -> None:
    assert process_started(NO_PID) == ""


def test_a_command_with_brackets_in_its_name_is_read_right(tmp_path: Path) -> None:
    # given
    odd = tmp_path / "a) Z 1 (b"
    odd.symlink_to("/bin/cat")

    # when
    with subprocess.Popen([str(odd)], stdin=subprocess.PIPE) as process:
        started = process_started(process.pid)
        alive = is_alive(process.pid, started)

    # then
    assert started.isdecimal()
    assert alive


def test_this_computer_is_read_from_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setenv("USER", "ada")
    monkeypatch.setenv("HOME", "/home/ada")

    # when
    computer = this_computer()

    # then
    assert (computer.user, computer.home) == ("ada", Path("/home/ada"))
    assert computer.environment["HOME"] == "/home/ada"
    assert computer.cores >= 1
    assert computer.host
    assert computer.works_in() == Path.cwd()
    assert Path(python()).exists()


def test_without_the_variables_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("USER", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    computer = this_computer()
    assert computer.user
    assert computer.home.is_absolute()


def test_ids_and_keys_are_new_each_time() -> None:
    computer = this_computer()
    ids = {computer.new_id() for _ in range(3)}
    keys = {computer.new_key() for _ in range(3)}
    assert len(ids) == len(keys) == 3
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in ids)
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in keys)


def test_the_clock_goes_on_and_knows_its_zone() -> None:
    # given
    clock = SystemClock()
    event = threading.Event()

    # when
    before_s, before = clock.monotonic_s(), clock.now()
    clock.sleep(0.001)
    is_set = clock.wait(event, 0.001)

    # then
    assert not is_set
    assert clock.monotonic_s() - before_s >= 0.002
    assert clock.now() >= before
    assert before.utcoffset() is not None
    event.set()
    assert clock.wait(event, 60)
