"""A state file as a whole: what is wrong with it, and copies of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.chain import flaws_of
from cloudmesh_iac.core.journal import Opened, Saved, UpdateKind, UpdateResult
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.errors import StackLocked, StoreUnusable, UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.passphrases import VARIABLE
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.store.state_file import StateFile
from tests.builders import (
    STACK,
    a_computer,
    a_holder,
    a_record,
    a_start,
    a_ticket,
    a_urn,
    an_end,
    an_intent,
)
from tests.unit.store.older import make_older


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return replace(a_computer(), home=tmp_path / "home", environment={VARIABLE: "open sesame"})


@pytest.fixture
def path(computer: Computer) -> Path:
    return computer.home / ".cloudmesh" / "cmx.db"


@pytest.fixture
def store(path: Path, computer: Computer) -> Iterator[SqliteStore]:
    made = SqliteStore(path, computer=computer)
    yield made
    made.close()


@pytest.fixture
def file(path: Path, computer: Computer) -> Iterator[StateFile]:
    made = StateFile(path, computer=computer)
    yield made
    made.close()


def save(store: SqliteStore, *names: str) -> None:
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record(name)) for name in names])
    writing.close(an_end())


def names(store: SqliteStore) -> list[str]:
    return sorted(one.id for one in store.snapshot(STACK).records)


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows_of(path: Path) -> dict[str, int]:
    """Count the rows of every table that there is."""
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall()
        return {
            name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for (name,) in tables
        }


def found(file: StateFile) -> list[str]:
    return [one.what for one in file.findings()]


# --- doctor ---------------------------------------------------------------------------------------


def test_a_file_that_is_well_has_no_findings(store: SqliteStore, file: StateFile) -> None:
    # given
    nothing = file.findings()
    save(store, "a", "b")
    secret = replace(a_record("c"), inputs={"word": Secret("x")})
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(secret), Opened(an_intent(ticket=a_ticket()))])
    writing.close(an_end())

    # then
    assert nothing == ()
    assert file.findings() == ()


def test_a_file_of_an_older_version_is_examined_as_it_is(
    store: SqliteStore, file: StateFile, path: Path
) -> None:
    # given
    save(store, "a")
    store.close()
    make_older(path, 1)

    # then
    assert file.findings() == ()
    assert file.stacks() == (STACK,)


def test_files_that_others_may_read_are_named(
    store: SqliteStore, file: StateFile, path: Path
) -> None:
    # given
    save(store, "a")
    path.chmod(0o640)
    path.parent.chmod(0o755)
    (path.parent / "passphrase").touch(mode=0o644)

    # when
    findings = file.findings()

    # then
    assert [one.remedy for one in findings] == [
        f"chmod 600 {path}",
        f"chmod 600 {path.parent / 'passphrase'}",
        f"chmod 700 {path.parent}",
    ]


def test_what_began_and_never_ended_is_named_when_nobody_works_on_it(
    store: SqliteStore, file: StateFile
) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Opened(an_intent())])
    during = found(file)

    # when
    writing.close(an_end())

    # then
    assert during == []
    (finding,) = file.findings()
    assert finding.subject == a_urn()
    assert "a create began" in finding.what
    assert f"cmx state settle '{a_urn()}' ID" in finding.remedy


def test_broken_records_and_rows_of_no_stack_are_named(
    store: SqliteStore, file: StateFile, path: Path
) -> None:
    # given
    save(store, "a")
    execute(path, "DELETE FROM creations", "INSERT INTO creations VALUES (99, 'u', 1)")

    # then
    assert found(file) == [
        "1 rows belong to no stack",
        "it has object 1, but only 0 creations were counted",
    ]


def test_a_history_that_was_changed_is_named_also_of_a_forgotten_stack(
    store: SqliteStore, file: StateFile, path: Path
) -> None:
    # given
    save(store)
    store.remove_stack(STACK)
    execute(path, "DELETE FROM updates")

    # then
    assert found(file) == ["update 1 of its history is missing"]


def test_a_record_that_cannot_be_read_is_named(
    store: SqliteStore, file: StateFile, path: Path
) -> None:
    save(store, "a")
    execute(path, "UPDATE records SET body = '{'")
    (said,) = found(file)
    assert "is damaged" in said


def test_a_damaged_file_is_named(store: SqliteStore, file: StateFile, path: Path) -> None:
    # given
    save(store, *(f"r{number}" for number in range(50)))
    store.close()
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\x5a" * (len(content) - 4096))

    # then
    findings = file.findings()
    assert findings
    assert all(one.subject == str(path) and one.remedy for one in findings)


# --- backup ---------------------------------------------------------------------------------------


def test_a_backup_holds_everything_and_only_its_owner_may_read_it(
    store: SqliteStore, file: StateFile, *, tmp_path: Path, computer: Computer
) -> None:
    # given
    save(store, "a", "b")
    target = tmp_path / "copy.db"

    # when
    file.back_up(target)

    # then
    copy = SqliteStore(target, computer=computer)
    assert copy.snapshot(STACK) == store.snapshot(STACK)
    assert copy.history(STACK) == store.history(STACK)
    copy.close()
    assert target.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_backup_during_a_run_is_of_one_moment(
    store: SqliteStore, file: StateFile, *, tmp_path: Path, computer: Computer
) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record("a")), Opened(an_intent())])

    # when
    file.back_up(tmp_path / "copy.db")
    writing.commit([Saved(a_record("b"))])
    writing.close(an_end())

    # then
    copy = SqliteStore(tmp_path / "copy.db", computer=computer)
    assert names(copy) == ["a-1"]
    assert [one.urn for one in copy.snapshot(STACK).intents] == [a_urn()]
    copy.close()


def test_a_backup_overwrites_nothing(store: SqliteStore, file: StateFile, tmp_path: Path) -> None:
    # given
    with pytest.raises(UsageProblem, match="no state at"):
        file.back_up(tmp_path / "copy.db")
    save(store, "a")
    (tmp_path / "mine").write_text("mine")

    # then
    with pytest.raises(UsageProblem, match="exists already"):
        file.back_up(tmp_path / "mine")
    with pytest.raises(StoreUnusable, match="cannot be opened"):
        file.back_up(tmp_path / "none" / "copy.db")
    assert (tmp_path / "mine").read_text() == "mine"


# --- restore --------------------------------------------------------------------------------------


@pytest.fixture
def copy(store: SqliteStore, file: StateFile, tmp_path: Path) -> Path:
    """A copy with `a`, while the state itself has `b` too by now."""
    save(store, "a")
    target = tmp_path / "copy.db"
    file.back_up(target)
    save(store, "b")
    return target


def test_a_restore_brings_back_what_was_there_and_keeps_what_is(
    store: SqliteStore, file: StateFile, *, copy: Path, path: Path, computer: Computer
) -> None:
    # when
    kept = file.restore(copy)

    # then
    assert names(store) == ["a-1"]
    assert file.findings() == ()
    assert rows_of(path) == {**rows_of(copy), "locks": 0, "updates": rows_of(copy)["updates"] + 1}
    assert kept is not None
    before = SqliteStore(kept, computer=computer)
    assert names(before) == ["a-1", "b-1"]
    before.close()
    assert not [one for one in kept.parent.iterdir() if one.name.startswith(".")]


def test_a_restore_stands_in_the_history_of_every_stack(
    store: SqliteStore, file: StateFile, copy: Path
) -> None:
    # when
    file.restore(copy)

    # then
    before, entry = store.history(STACK)
    assert entry.started.kind is UpdateKind.RESTORE
    assert (entry.started.user, entry.started.host) == ("ada", "login1")
    assert entry.started.program == before.started.program
    assert entry.ended is not None
    assert entry.ended.result is UpdateResult.DONE
    assert flaws_of(store.chain(STACK)) == ()


def test_what_others_know_from_before_a_restore_does_not_fit_any_more(
    store: SqliteStore, file: StateFile, copy: Path
) -> None:
    # given
    lost = store.write(store.snapshot(STACK), a_start(), a_holder(is_alive=False))
    planned = store.snapshot(STACK)

    # when
    file.restore(copy)
    mine = store.write(store.snapshot(STACK), a_start(), a_holder())

    # then
    assert store.snapshot(STACK).serial > planned.serial
    with pytest.raises(StackLocked):
        lost.commit([Saved(a_record("late"))])
    mine.close(an_end())
    assert names(store) == ["a-1"]


def test_a_restore_waits_for_nobody_and_changes_nothing_while_a_run_works(
    store: SqliteStore, file: StateFile, *, copy: Path, path: Path
) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    before = [one.name for one in path.parent.iterdir()]

    # when
    with pytest.raises(StackLocked) as refused:
        file.restore(copy)

    # then
    assert "is being written by ada on login1" in refused.value.message
    assert names(store) == ["a-1", "b-1"]
    assert [one.name for one in path.parent.iterdir()] == before
    writing.close(an_end())


def test_the_lock_of_a_run_that_was_copied_with_it_holds_nothing(
    store: SqliteStore, file: StateFile, tmp_path: Path
) -> None:
    # given
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    file.back_up(tmp_path / "copy.db")
    writing.close(an_end())

    # when
    file.restore(tmp_path / "copy.db")

    # then
    assert store.lock(STACK) is None
    save(store, "a")


def test_a_restore_makes_the_state_where_there_is_none(
    store: SqliteStore, file: StateFile, *, copy: Path, path: Path
) -> None:
    # given
    file.close()
    store.close()
    path.unlink()

    # then
    assert file.restore(copy) is None
    assert names(store) == ["a-1"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_copy_of_an_older_version_is_restored_and_stays_as_it_is(
    store: SqliteStore, file: StateFile, copy: Path
) -> None:
    # given
    make_older(copy, 1)
    before = copy.read_bytes()

    # when
    file.restore(copy)

    # then
    assert names(store) == ["a-1"]
    assert file.findings() == ()
    assert copy.read_bytes() == before


def test_what_is_no_copy_is_refused_before_anything_happens(
    store: SqliteStore, file: StateFile, *, copy: Path, path: Path
) -> None:
    # given
    text, empty, damaged = (copy.with_name(name) for name in ("text", "empty", "damaged"))
    text.write_text("dear diary " * 1000)
    empty.touch()
    content = copy.read_bytes()
    damaged.write_bytes(content[:8192] + b"\x5a" * (len(content) - 8192))

    # then
    for bad, words in ((text, "not a state file"), (empty, "is empty"), (damaged, "is damaged")):
        with pytest.raises(StoreUnusable, match=words):
            file.restore(bad)
    with pytest.raises(UsageProblem, match="there is no file"):
        file.restore(copy.with_name("none"))
    with pytest.raises(UsageProblem, match="is the state itself"):
        file.restore(path)
    assert names(store) == ["a-1", "b-1"]
