"""A pool in the person's state file, beside the stacks."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.metal import LeaseId, MachineName
from cloudmesh_iac.errors import StoreUnusable, UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.pools import open_pool
from cloudmesh_iac.store.pool_rows import SqliteLedgers
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.store.state_file import StateFile
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end
from tests.contract.pools import ADA, LAB, a_machine, held, need, promise, span, take
from tests.unit.store.older import make_older


def a_person(home: Path, **environment: str) -> Computer:
    return replace(a_computer(), home=home, environment=environment)


def a_run(path: Path) -> None:
    store = SqliteStore(path, computer=a_computer())
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record())])
    writing.close(an_end())
    store.close()


@pytest.mark.parametrize(
    ("variables", "file"),
    [
        ({}, "home/.cloudmesh/cmx.db"),
        ({"CMX_STORE": "{}/own.db"}, "own.db"),
        ({"CMX_STORE": "{}/own.db", "CMX_POOL": "{}/lab.db"}, "lab.db"),
    ],
    ids=["home", "store", "pool"],
)
def test_the_pool_is_in_the_file_that_the_environment_names(
    tmp_path: Path, variables: dict[str, str], file: str
) -> None:
    # given
    named = {key: text.format(tmp_path) for key, text in variables.items()}
    pool = open_pool(a_person(tmp_path / "home", **named))

    # when
    pool.machines(LAB)
    before = list(tmp_path.rglob("*.db"))
    pool.put(LAB, [a_machine()])

    # then
    assert before == []
    assert list(tmp_path.rglob("*.db")) == [tmp_path / file]
    assert (tmp_path / file).stat().st_mode & 0o077 == 0
    assert (tmp_path / file).parent.stat().st_mode & 0o777 in {0o700, 0o755}


def test_a_kind_of_pool_that_is_not_installed_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem) as refused:
        open_pool(a_person(tmp_path, CMX_STORE="postgresql://lab/cmx"))
    assert refused.value.message == "there is no kind of pool 'postgresql'"
    assert "CMX_POOL" in str(refused.value.hint)


@pytest.mark.parametrize("version", [1, 4, 5])
def test_a_file_without_a_pool_is_read_as_it_is_and_gets_one_from_its_next_writer(
    tmp_path: Path, version: int
) -> None:
    # given
    path = tmp_path / "cmx.db"
    a_run(path)
    make_older(path, version)
    before = path.read_bytes()
    pool = open_pool(a_person(tmp_path, CMX_STORE=str(path)))

    # when
    seen = pool.machines(LAB), pool.leases(), pool.reservations()
    untouched = path.read_bytes()
    pool.put(LAB, [a_machine()])

    # then
    assert seen == ([], [], [])
    assert untouched == before
    assert list(pool.machines(LAB)) == [a_machine()]
    store = SqliteStore(path, computer=a_computer())
    assert [one.id for one in store.snapshot(STACK).records] == ["head-1"]
    store.close()


def test_the_file_itself_holds_a_machine_in_one_lease_only(tmp_path: Path) -> None:
    # given
    path = tmp_path / "cmx.db"
    pool = open_pool(a_person(tmp_path, CMX_STORE=str(path)))
    pool.put(LAB, [a_machine()])
    lease = held(take(pool))

    # when
    with (
        pytest.raises(StoreUnusable, match="UNIQUE constraint failed"),
        SqliteLedgers(path).writing() as ledger,
    ):
        ledger.put_lease(replace(lease, id=LeaseId("L2")))

    # then
    assert pool.leases() == [lease]


def test_a_damaged_row_is_told_with_its_file(tmp_path: Path) -> None:
    # given
    path = tmp_path / "cmx.db"
    pool = open_pool(a_person(tmp_path, CMX_STORE=str(path)))
    pool.put(LAB, [a_machine()])
    with closing(sqlite3.connect(path)) as file:
        file.execute("UPDATE machines SET body = '{}'")
        file.commit()

    # then
    with pytest.raises(StoreUnusable, match="is damaged"):
        pool.machines(LAB)


def test_a_state_that_is_put_back_leaves_who_holds_which_machine_as_it_is(tmp_path: Path) -> None:
    # given
    path, copy = tmp_path / "cmx.db", tmp_path / "copy.db"
    pool = open_pool(a_person(tmp_path, CMX_STORE=str(path)))
    pool.put(LAB, [a_machine("i1"), a_machine("i2")])
    take(pool, "i1", id="old")
    state = StateFile(path, computer=a_computer())
    state.back_up(copy)
    pool.give_back(LeaseId("old"), MachineName("i1"))
    take(pool, "i2", id="new")
    promise(pool, "i1", start=3, end=4)
    before = pool.leases(), pool.reservations()

    # when
    state.restore(copy)

    # then
    assert (pool.leases(), pool.reservations()) == before
    path.unlink()
    for suffix in ("-wal", "-shm"):
        path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)

    # when
    StateFile(path, computer=a_computer()).restore(copy)

    # then
    again = open_pool(a_person(tmp_path, CMX_STORE=str(path)))
    assert [one.id for one in again.leases()] == ["old"]
    assert again.free(LAB, needs=need(), window=span(0, 1), now=span(0, 1).start) == ("i2",)
    assert again.leases()[0].owner == ADA
