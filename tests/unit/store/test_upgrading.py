"""A state file of an older version is read as it is, and brought up to date by the next run."""

from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.chain import flaws_of
from cloudmesh_iac.core.history import Origin, with_copy
from cloudmesh_iac.core.journal import Saved, UpdateResult
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end
from tests.unit.store.older import make_older


def a_run(store: SqliteStore, result: UpdateResult = UpdateResult.DONE) -> None:
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record())])
    writing.close(an_end(result))


@pytest.mark.parametrize("version", [1, 2])
def test_a_history_without_hashes_is_bound_when_it_grows(tmp_path: Path, version: int) -> None:
    # given
    path = tmp_path / "cmx.db"
    store = SqliteStore(path, computer=a_computer())
    a_run(store)
    a_run(store, UpdateResult.FAILED)
    store.close()
    make_older(path, version)
    before = path.read_bytes()

    # when
    old = SqliteStore(path, computer=a_computer())
    entries, chain = old.history(STACK), old.chain(STACK)
    last = old.history(STACK, newest=1)
    copy = old.program_copy(STACK, "any")
    old.close()
    untouched = path.read_bytes()
    new = SqliteStore(path, computer=a_computer())
    a_run(new)

    # then
    assert untouched == before
    assert [one.number for one in entries] == [1, 2]
    assert last == entries[1:]
    assert (flaws_of(chain), copy) == ((), {})
    grown = new.chain(STACK)
    assert grown.links[:2] == chain.links
    assert (grown.length, flaws_of(grown)) == (3, ())
    new.close()


@pytest.mark.parametrize("version", [3, 4])
def test_each_stack_gets_its_own_copy_of_a_program_that_was_kept_for_all(
    tmp_path: Path, version: int
) -> None:
    # given
    path, other = tmp_path / "cmx.db", StackId("lab", "other")
    origin = with_copy(Origin(), {"hello.py": "print(1)"})
    store = SqliteStore(path, computer=a_computer())
    for stack in (STACK, other):
        begun = replace(a_start(), origin=origin)
        store.write(store.snapshot(stack), begun, a_holder()).close(an_end())
    store.close()
    make_older(path, version)

    # when
    old = SqliteStore(path, computer=a_computer())
    before = old.program_copy(STACK, origin.copy)
    old.close()
    new = SqliteStore(path, computer=a_computer())
    a_run(new)

    # then
    assert before == origin.files
    assert [new.program_copy(stack, origin.copy) for stack in (STACK, other)] == [origin.files] * 2
    new.close()


def test_a_copy_that_is_damaged_is_none(tmp_path: Path) -> None:
    # given
    store = SqliteStore(tmp_path / "cmx.db", computer=a_computer())
    origin = with_copy(Origin(), {"hello.py": "print(1)"})
    store.write(store.snapshot(STACK), replace(a_start(), origin=origin), a_holder()).close(
        an_end()
    )
    with store._database.writing() as connection:
        connection.execute("UPDATE copies SET body = X'00'")

    # then
    assert store.program_copy(STACK, origin.copy) == {}
    store.close()
