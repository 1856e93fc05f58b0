"""What becomes of plugins that do not start, die, hang, or are left behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.engine.asks import Checked, Created
from cloudmesh_iac.plugins import packages
from tests.oracle.case import Fault
from tests.rigs.scripted.program import attached, install
from tests.rigs.scripted.room import Room, a_room, checking, creating
from tests.rigs.scripted.script import Script, ScriptFolder
from tests.rigs.waiting import eventually

_SOURCE = Path(__file__).parents[2]
_LEAVE_BEHIND = """
import os, sys
from pathlib import Path
sys.path.insert(0, {source!r})
from tests.rigs.scripted.room import Room
room = Room(Path({folder!r}))
room.ready()
print("ready", flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with a_room(tmp_path) as made:
        yield made


def processes_of(room: Room) -> list[int]:
    """Return the processes of the plugin and of its guard."""
    program = str(room.plugins).encode()
    script = str(room.script.folder).encode()
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes() if folder.name.isdigit() else b""
            environment = (folder / "environ").read_bytes() if words else b""
        except OSError:
            continue  # it has ended meanwhile, or is not ours
        if program in words or (script in environment and b"scripted" in words):
            found.append(int(folder.name))
    return found


# --- starting -------------------------------------------------------------------------------------


def test_a_plugin_that_ends_at_once_is_one_error_with_its_last_words(room: Room) -> None:
    # given
    room.script.write(Script(start="ends", prints="no license\n"))

    # when
    failure = room.refused()

    # then
    assert failure.message == (
        "the plugin test 1.2.3 did not start: it ended before it named its port;"
        " it said: no license"
    )
    assert failure.hint.startswith("start it by hand to see more: ")
    assert processes_of(room) == []


def test_a_plugin_that_says_no_port_is_refused(room: Room) -> None:
    # given
    room.script.write(Script(start="garbage"))

    # then
    assert "its first line is no port but 'welcome!'" in room.refused().message
    assert processes_of(room) == []


def test_a_plugin_that_says_nothing_is_not_waited_for_for_ever(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(packages, "_PORT_S", 0.3)
    room.script.write(Script(start="silent"))

    # then
    assert "it named no port within 0.3 s" in room.refused().message
    assert processes_of(room) == []


def test_a_plugin_that_does_not_answer_on_its_port_is_refused(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(packages, "_READY_S", 0.5)
    room.script.write(Script(start="port of nobody"))

    # then
    assert "it did not answer on its port within 0.5 s" in room.refused().message
    assert processes_of(room) == []


def test_a_program_that_cannot_be_run_is_an_error_that_names_it(room: Room) -> None:
    # given
    program = install(room.plugins)
    program.write_bytes(b"\x7fELF of another computer")

    # then
    assert str(program) in room.refused().message


# --- while it runs --------------------------------------------------------------------------------


def test_a_plugin_that_dies_leaves_a_change_uncertain(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("create", "a", "die"),)))

    # when
    failure = room.ready().create(creating({}))

    # then
    assert isinstance(failure, Failure)
    assert not failure.is_certain
    assert "the plugin test 1.2.3 has died" in failure.message
    assert "create of a was too much" in failure.message


def test_a_dead_plugin_answers_every_question_with_the_same_error(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("create", "a", "die"),)))
    instance = room.ready()
    instance.create(creating({}))

    # when
    failure = instance.check(checking({}))

    # then
    assert isinstance(failure, Failure)
    assert "the plugin test 1.2.3 has died" in failure.message
    assert failure.is_certain


def test_a_plugin_that_hangs_is_let_go_when_the_time_for_a_change_is_over(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr("cloudmesh_iac.plugins.connection._GRACE_S", 0.2)
    room.script.write(Script(faults=(Fault("create", "a", "hang"),)))

    # when
    failure = room.ready().create(creating({}, timeout_s=0.1))

    # then
    assert isinstance(failure, Failure)
    assert failure.message == "the plugin test 1.2.3 did not answer in time"
    assert not failure.is_certain


def test_a_flood_of_output_stops_nothing(room: Room) -> None:
    # given
    room.script.write(Script(prints=("x" * 200_000 + "\n") + "line\n" * 5_000))

    # when
    made = room.ready().create(creating({}))

    # then
    assert isinstance(made, Created)
    eventually(lambda: room.lines("debug"), lambda lines: len(lines) > 5_000)
    assert max(map(len, room.lines("debug"))) <= 65_536


def test_changes_go_on_side_by_side(room: Room) -> None:
    # given
    room.script.write(Script(faults=(Fault("create", "a", "hang", times=1),)))
    instance = room.ready()

    # when
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(instance.create, creating({}))
        eventually(lambda: room.script.calls("create"))
        other = instance.create(creating({}))
        instance.close()

    # then
    assert isinstance(other, Created)
    failure = hanging.result()
    assert isinstance(failure, Failure)
    assert not failure.is_certain


# --- stopping -------------------------------------------------------------------------------------


def test_nothing_is_left_when_the_room_is_closed(room: Room) -> None:
    # given
    instance = room.ready()
    assert processes_of(room)

    # when
    room.packages.close()

    # then
    assert processes_of(room) == []
    assert room.script.calls("cancel")
    assert instance.check(checking({})) == Failure("the plugin test 1.2.3 was stopped")


def test_a_plugin_that_does_not_leave_is_killed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr("cloudmesh_iac.plugins.process._LEAVE_S", 0.2)
    room.script.write(Script(stubborn=True))
    room.ready()

    # when
    room.packages.close()

    # then
    assert processes_of(room) == []


def test_no_plugin_outlives_an_engine_that_is_killed(room: Room) -> None:
    # given
    program = _LEAVE_BEHIND.format(source=str(_SOURCE), folder=str(room.folder))

    # when
    killed = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=False)

    # then
    assert killed.stdout == b"ready\n"
    assert killed.returncode == -signal.SIGKILL
    eventually(lambda: processes_of(room), lambda left: left == [])


def test_ctrl_c_reaches_no_plugin(room: Room) -> None:
    # given
    room.ready()

    # then
    ours = os.getpgid(0)
    assert [pid for pid in processes_of(room) if os.getpgid(pid) == ours] == []


# --- attached -------------------------------------------------------------------------------------


def test_a_plugin_that_somebody_runs_is_used_and_left_alone(tmp_path: Path) -> None:
    # given
    script = ScriptFolder(tmp_path / "script")
    script.write(Script())

    # when
    with attached(tmp_path / "elsewhere", script.folder) as port:
        for _ in range(2):
            with a_room(tmp_path, {"test": port}) as room:
                assert isinstance(room.ready().check(checking({"size": 1})), Checked)

        # then
        assert len(script.calls("attach")) == 2
        assert not script.calls("cancel")


def test_nobody_at_the_port_of_an_attached_plugin_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(packages, "_READY_S", 0.5)

    # when
    with a_room(tmp_path, {"test": 1}) as room:
        failure = room.refused()

    # then
    assert "it did not answer on its port" in failure.message
