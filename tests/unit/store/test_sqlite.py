"""The SQLite file itself: when it is made, who may read it, and what can be wrong with it."""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.store.disks import Disk
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.store.troubles import translated
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, a_urn, an_end


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cmx.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    made = a_store(path)
    yield made
    made.close()


def a_store(path: Path) -> SqliteStore:
    return SqliteStore(path, computer=a_computer())


def fill(store: SqliteStore, name: str = "head") -> None:
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record(name))])
    writing.close(an_end())


def execute(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def test_reading_makes_neither_file_nor_folder(store: SqliteStore, path: Path) -> None:
    # when
    store.snapshot(STACK)
    store.stacks()
    store.history(STACK)
    store.remove_stack(STACK)

    # then
    assert not path.parent.exists()


def test_reading_an_unknown_stack_writes_nothing(store: SqliteStore, path: Path) -> None:
    # given
    fill(store)
    store.close()
    before = path.read_bytes()

    # when
    other = a_store(path)
    other.snapshot(StackId("lab", "other"))
    other.close()

    # then
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["cmx.db"]


def test_only_the_owner_may_read_the_file(store: SqliteStore, path: Path) -> None:
    # when
    fill(store)

    # then
    assert path.parent.stat().st_mode & 0o777 == 0o700
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert modes["cmx.db"] == 0o600
    assert set(modes.values()) == {0o600}


def test_state_is_there_for_the_next_run(store: SqliteStore, path: Path) -> None:
    # given
    fill(store)
    known = store.snapshot(STACK)
    store.close()

    # when
    later = a_store(path)

    # then
    assert later.snapshot(STACK) == known
    later.close()


def test_an_empty_file_is_a_store_without_stacks(store: SqliteStore, path: Path) -> None:
    # given
    path.parent.mkdir()
    path.touch()

    # then
    assert store.stacks() == ()
    assert path.read_bytes() == b""
    fill(store)
    assert len(store.stacks()) == 1


def test_the_lock_of_the_file_ends_with_each_transaction(store: SqliteStore, path: Path) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record())])

    # when: another connection needs the whole file
    execute(path, "BEGIN EXCLUSIVE")

    # then
    writing.close(an_end())


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("PRAGMA user_version = 99", "newer cmx (format 99"),
        ("PRAGMA application_id = 7", "database of another program"),
    ],
)
def test_a_file_that_is_not_for_us_is_not_touched(
    store: SqliteStore, path: Path, *, statement: str, words: str
) -> None:
    # given
    fill(store)
    store.close()
    execute(path, statement)
    before = path.read_bytes()

    # when
    with pytest.raises(StoreUnusable) as refused:
        store.snapshot(STACK)
    with pytest.raises(StoreUnusable):
        store.write(a_store(path.with_name("none")).snapshot(STACK), a_start(), a_holder())
    store.close()

    # then
    assert words in refused.value.message
    assert str(path) in refused.value.message
    assert refused.value.hint
    assert path.read_bytes() == before


def test_a_database_of_somebody_else_is_not_touched(store: SqliteStore, path: Path) -> None:
    # given
    path.parent.mkdir()
    execute(path, "CREATE TABLE songs (name TEXT)")
    before = path.read_bytes()

    # when
    with pytest.raises(StoreUnusable, match="another program"):
        fill(store)
    with pytest.raises(StoreUnusable, match="another program"):
        store.write(a_store(path.with_name("none")).snapshot(STACK), a_start(), a_holder())
    store.close()

    # then
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_refused(store: SqliteStore, path: Path) -> None:
    # given
    path.parent.mkdir()
    path.write_text("dear diary " * 1000)

    # when
    with pytest.raises(StoreUnusable) as refused:
        store.snapshot(STACK)

    # then
    assert f"the state file {path} is not a state file of cmx" in refused.value.message


def test_a_damaged_file_is_called_damaged(store: SqliteStore, path: Path) -> None:
    # given
    for number in range(20):
        fill(store, f"r{number}")
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\x5a" * (len(content) - 4096))

    # when
    with pytest.raises(StoreUnusable) as refused:
        store.snapshot(STACK)

    # then
    assert f"{path} is damaged" in refused.value.message


def test_a_text_that_cannot_be_read_back_is_called_damaged(store: SqliteStore, path: Path) -> None:
    # given
    fill(store)
    execute(path, "UPDATE records SET body = '{'")

    # when / then
    with pytest.raises(StoreUnusable, match="is damaged"):
        store.snapshot(STACK)


def test_a_full_disk_leaves_the_last_commit_whole(store: SqliteStore, path: Path) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record("first"))])
    connection = store._database._connection
    assert connection is not None
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    much = {"text": "x" * 100_000}

    # when
    with pytest.raises(StoreUnusable) as refused:
        writing.commit([Saved(a_record("small")), Saved(a_record("big", inputs=much))])

    # then
    assert "does not fit on its disk any more" in refused.value.message
    assert [record.id for record in store.snapshot(STACK).records] == ["first-1"]
    connection.execute(f"PRAGMA max_page_count = {pages + 100}")
    writing.commit([Saved(a_record("big", inputs=much))])
    writing.close(an_end())
    assert store.snapshot(STACK).serial == 2


@pytest.mark.parametrize("outputs", [{"bw": math.nan}, {"bw": (math.inf,)}])
def test_a_value_that_state_cannot_hold_names_its_resource(
    store: SqliteStore, outputs: dict[str, float]
) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())

    # when
    with pytest.raises(StoreUnusable) as refused:
        writing.commit([Saved(a_record("good")), Saved(a_record("ior", outputs=outputs))])

    # then
    assert a_urn("ior") in refused.value.message
    assert store.snapshot(STACK).records == ()
    writing.close(an_end())


def test_a_file_that_goes_away_during_a_run_is_missed(store: SqliteStore, path: Path) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    path.unlink()

    # when
    with pytest.raises(StoreUnusable) as refused:
        writing.commit([Saved(a_record())])

    # then
    assert "moved or deleted" in refused.value.message
    assert store.stacks() == ()


def test_a_place_where_no_folder_can_be_made_is_refused(tmp_path: Path) -> None:
    # given
    (tmp_path / "file").touch()
    store = a_store(tmp_path / "file" / "cmx.db")

    # when / then
    with pytest.raises(StoreUnusable, match="cannot be opened"):
        store.write(store.snapshot(STACK), a_start(), a_holder())


def test_a_file_that_may_only_be_read_is_said_to_be_so(store: SqliteStore, path: Path) -> None:
    # given: root may write everything, so the file is opened for reading only
    fill(store)
    read_only = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    # when
    with closing(read_only), pytest.raises(StoreUnusable) as refused, translated(path):
        read_only.execute("DELETE FROM records")

    # then
    assert f"the state file {path} cannot be written" in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(28, "No space left on device"), "does not fit on its disk any more"),
        (OSError(30, "Read-only file system"), "cannot be written"),
        (PermissionError(13, "Permission denied"), "cannot be written"),
        (OSError(5, "Input/output error"), "cannot be read or written"),
        (sqlite3.DatabaseError("something"), "cannot be read or written"),
    ],
)
def test_each_trouble_is_one_sentence_with_a_remedy(
    path: Path, *, error: Exception, words: str
) -> None:
    # when
    with pytest.raises(StoreUnusable) as refused, translated(path):
        raise error

    # then
    assert words in refused.value.message
    assert refused.value.subject == str(path)
    assert refused.value.hint


def test_a_file_that_stays_busy_is_said_to_be_so(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a reader that does not end, and a file that has no write-ahead log yet
    monkeypatch.setattr("cloudmesh_iac.store.database._BUSY_S", 0.05)
    first = SqliteStore(path, computer=a_computer(), disk=Disk(mountinfo=lambda: ""))
    fill(first)
    first.close()
    store = a_store(path)

    # when
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM stacks").fetchall()
        with pytest.raises(StoreUnusable) as refused:
            fill(store)

    # then
    assert "busy with another process" in refused.value.message
    fill(store, "later")
    assert len(store.snapshot(STACK).records) == 2
    store.close()
