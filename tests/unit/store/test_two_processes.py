"""One state file and two processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.errors import StackLocked
from cloudmesh_iac.settings.computer import process_started
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end

WRITER = """
import sys
from pathlib import Path
from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end

store = SqliteStore(Path(sys.argv[1]), computer=a_computer())
writing = store.write(store.snapshot(STACK), a_start(), a_holder())
writing.commit([Saved(a_record("theirs"))])
print("written", flush=True)
sys.stdin.readline()
writing.close(an_end())
store.close()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cmx.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(path, computer=a_computer())
    yield made
    made.close()


@pytest.fixture
def writer(path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds the lock, until it is told a line or killed."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "written\n"
        yield process
        process.kill()


def test_a_second_writer_is_refused_while_a_reader_works(
    writer: "subprocess.Popen[str]", store: SqliteStore
) -> None:
    # when
    snapshot = store.snapshot(STACK)
    with pytest.raises(StackLocked) as refused:
        store.write(snapshot, a_start(), a_holder())

    # then
    assert [record.id for record in snapshot.records] == ["theirs-1"]
    assert f"process {writer.pid}" in refused.value.message


def test_a_run_that_ended_in_order_gives_the_lock_back(
    writer: "subprocess.Popen[str]", store: SqliteStore
) -> None:
    # given
    writer.communicate("go on\n", timeout=30)

    # when
    store.write(store.snapshot(STACK), a_start(), a_holder()).close(an_end())

    # then
    assert [one.ended for one in store.history(STACK)] == [an_end(), an_end()]


def test_the_lock_of_a_killed_run_is_taken_over_and_its_commits_are_there(
    writer: "subprocess.Popen[str]", store: SqliteStore
) -> None:
    # given
    writer.kill()
    writer.wait(timeout=30)
    assert process_started(writer.pid) == ""

    # when
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record("ours"))])
    writing.close(an_end())

    # then
    snapshot = store.snapshot(STACK)
    assert [record.id for record in snapshot.records] == ["theirs-1", "ours-1"]
    assert [one.ended for one in store.history(STACK)] == [None, an_end()]


def test_many_processes_can_make_the_file_at_once(path: Path) -> None:
    # given
    program = """
import sys
from pathlib import Path
from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import a_computer, a_holder, a_record, a_start, an_end

store = SqliteStore(Path(sys.argv[1]), computer=a_computer())
sys.stdin.readline()
writing = store.write(store.snapshot(StackId("lab", sys.argv[2])), a_start(), a_holder())
writing.commit([Saved(a_record())])
writing.close(an_end())
store.close()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), f"s{number}"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for number in range(4)
    ]

    # when
    said = [process.communicate("go\n", timeout=60)[1] for process in processes]

    # then
    assert said == [""] * 4
    store = SqliteStore(path, computer=a_computer())
    assert [summary.records for summary in store.stacks()] == [1] * 4
    store.close()
