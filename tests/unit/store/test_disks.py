"""A state file on a disk of one computer, and on one of many. The type of the disk is made up."""

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.store.disks import Disk, choose_mode, settle_mode
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, a_computer, a_holder, a_record, a_start, an_end

LOCAL = Disk(mountinfo=lambda: "1 0 0:1 / / rw - ext4 /dev/vda rw")
NETWORK = Disk(mountinfo=lambda: "1 0 0:1 / / rw - nfs4 server:/ rw")


def without_locks(number: int) -> Disk:
    """Return a network disk whose file locks fail with this error: an injected one."""

    def fail(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return Disk(mountinfo=lambda: "1 0 0:1 / / rw - lustre mds:/ rw", lock=fail)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "cmx.db"


@pytest.fixture
def on(path: Path) -> Iterator[Callable[[Disk], SqliteStore]]:
    """Open the file as on a kind of disk."""
    made: list[SqliteStore] = []

    def open_(disk: Disk) -> SqliteStore:
        made.append(SqliteStore(path, computer=a_computer(), disk=disk))
        return made[-1]

    yield open_
    for store in made:
        store.close()


def fill(store: SqliteStore, name: str = "head") -> None:
    writing = store.write(store.snapshot(STACK), a_start(), a_holder())
    writing.commit([Saved(a_record(name))])
    writing.close(an_end())


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        row: tuple[str] = connection.execute("PRAGMA journal_mode").fetchone()
    return row[0]


def beside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.iterdir())


@pytest.mark.parametrize(("disk", "expected"), [(LOCAL, "wal"), (NETWORK, "delete")])
def test_the_kind_of_disk_decides_how_changes_are_written(
    on: Callable[[Disk], SqliteStore], path: Path, *, disk: Disk, expected: str
) -> None:
    # when
    store = on(disk)
    fill(store)

    # then
    assert len(store.snapshot(STACK).records) == 1
    store.close()
    assert mode(path) == expected
    assert beside(path) == ["cmx.db"]


@pytest.mark.parametrize("is_written", [False, True])
def test_a_file_that_moved_to_a_network_disk_is_made_fit_for_it_before_it_is_used(
    on: Callable[[Disk], SqliteStore], path: Path, *, is_written: bool
) -> None:
    # given
    local = on(LOCAL)
    fill(local, "old")
    local.close()

    # when
    network = on(NETWORK)
    if is_written:
        fill(network, "new")
    found = network.snapshot(STACK).records

    # then
    assert len(found) == 1 + is_written
    assert mode(path) == "delete"


def test_a_file_of_a_network_disk_stays_fit_for_it_when_its_server_uses_it(
    on: Callable[[Disk], SqliteStore], path: Path
) -> None:
    # given
    fill(on(NETWORK), "old")

    # when
    fill(on(LOCAL), "new")

    # then
    assert mode(path) == "delete"
    assert len(on(NETWORK).snapshot(STACK).records) == 2


def test_a_file_that_a_local_run_has_open_is_not_used_over_the_network(
    on: Callable[[Disk], SqliteStore], path: Path
) -> None:
    # given
    local = on(LOCAL)
    fill(local)

    # when
    network = on(NETWORK)
    for _ in range(2):
        with pytest.raises(StoreUnusable, match="in use as on a disk of one computer"):
            network.snapshot(STACK)
    local.close()

    # then
    assert len(network.snapshot(STACK).records) == 1


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_network_disk_without_file_locks_is_refused_at_once(
    on: Callable[[Disk], SqliteStore], path: Path, *, number: int
) -> None:
    # given
    fill(on(LOCAL))

    # when
    store = on(without_locks(number))
    with pytest.raises(StoreUnusable) as reading:
        store.lock(STACK)
    with pytest.raises(StoreUnusable) as writing:
        fill(store)

    # then
    assert reading.value.message == writing.value.message
    assert "(file system lustre: " in reading.value.message
    assert os.strerror(number) in reading.value.message
    assert "flock" in (reading.value.hint or "")
    assert "CMX_STORE" in (reading.value.hint or "")


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EACCES])
def test_a_lock_that_somebody_has_is_a_lock_that_works(
    on: Callable[[Disk], SqliteStore], number: int
) -> None:
    fill(on(without_locks(number)))


def test_a_disk_of_one_computer_is_not_probed(on: Callable[[Disk], SqliteStore]) -> None:
    disk = Disk(LOCAL.mountinfo, without_locks(errno.ENOLCK).lock)
    fill(on(disk))


def test_the_locks_of_this_computer_work(on: Callable[[Disk], SqliteStore], path: Path) -> None:
    # when
    store = on(NETWORK)
    fill(store)
    store.close()

    # then: the probe is gone
    assert beside(path) == ["cmx.db"]


def test_who_makes_the_file_at_the_same_time_as_another_takes_the_mode_that_it_has(
    path: Path,
) -> None:
    # given
    path.parent.mkdir()
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as first,
        closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as second,
    ):
        first.execute("BEGIN EXCLUSIVE")

        # when
        choose_mode(second, is_shared=False)

        # then
        first.execute("COMMIT")
        assert mode(path) == "delete"


def test_what_else_goes_wrong_with_the_mode_is_not_taken_for_another_user(
    on: Callable[[Disk], SqliteStore], path: Path
) -> None:
    # given: a file that may only be read
    local = on(LOCAL)
    fill(local)
    local.close()

    # when / then
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError, match=r"I/O|readonly"),
    ):
        settle_mode(connection, path, is_shared=True)
