"""When a lock is over, and that a living run keeps it."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.engine.ports import Holder
from cloudmesh_iac.errors import CmxError, StackLocked, StoreUnusable
from cloudmesh_iac.settings.computer import own_pid
from cloudmesh_iac.store.leases import Heartbeat, is_surely_dead
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import STACK, HandClock, a_computer, a_holder, a_record, a_start, an_end


class HastyClock(HandClock):
    """A clock whose waits of the test's own thread pass at once."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        if threading.current_thread() is not threading.main_thread():
            return super().wait(event, timeout_s)
        self.advance(seconds=timeout_s)
        return event.is_set()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cmx.db"


@pytest.fixture
def far(path: Path) -> Iterator[tuple[SqliteStore, HandClock]]:
    """A store on another host, whose clock stands still: its heart does not beat."""
    clock = HandClock()
    store = SqliteStore(path, computer=a_computer(host="login2", clock=clock))
    yield store, clock
    store.close()


@pytest.fixture
def stores(path: Path) -> Iterator[Callable[[float], SqliteStore]]:
    made: list[SqliteStore] = []

    def make(patience_s: float) -> SqliteStore:
        computer = a_computer(clock=HastyClock())
        made.append(SqliteStore(path, computer=computer, patience_s=patience_s))
        return made[-1]

    yield make
    for store in made:
        store.close()


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        threading.Event().wait(0.005)


def test_a_lock_that_does_not_move_for_a_minute_is_taken_over(
    far: tuple[SqliteStore, HandClock], stores: Callable[[float], SqliteStore]
) -> None:
    # given
    lost = far[0].write(far[0].snapshot(STACK), a_start(), a_holder(host="login2"))
    near = stores(90)

    # when
    writing = near.write(near.snapshot(STACK), a_start(), a_holder())

    # then
    writing.commit([Saved(a_record())])
    with pytest.raises(StackLocked) as refused:
        lost.commit([Saved(a_record("late"))])
    assert "taken over" in refused.value.message
    writing.close(an_end())


@pytest.mark.parametrize("patience_s", [0.0, 20.0, 59.0])
def test_less_patience_than_a_minute_does_not_free_a_lock(
    far: tuple[SqliteStore, HandClock],
    stores: Callable[[float], SqliteStore],
    *,
    patience_s: float,
) -> None:
    # given
    writing = far[0].write(far[0].snapshot(STACK), a_start(), a_holder(host="login2"))
    near = stores(patience_s)

    # when
    with pytest.raises(StackLocked) as refused:
        near.write(near.snapshot(STACK), a_start(), a_holder())

    # then
    assert "on login2" in refused.value.message
    assert near._computer.clock.monotonic_s() == patience_s
    writing.close(an_end())


def test_a_lock_that_moves_belongs_to_a_living_run(
    far: tuple[SqliteStore, HandClock], path: Path
) -> None:
    # given
    writing = far[0].write(far[0].snapshot(STACK), a_start(), a_holder(host="login2"))

    class Watching(HastyClock):
        """While we wait, the other run shows a sign of life."""

        def wait(self, event: threading.Event, timeout_s: float) -> bool:
            writing.settle_parameters([])
            return super().wait(event, timeout_s)

    watching = Watching()
    near = SqliteStore(path, computer=a_computer(clock=watching), patience_s=900)

    # when
    with pytest.raises(StackLocked):
        near.write(near.snapshot(STACK), a_start(), a_holder())

    # then: it was enough to look twice
    assert watching.monotonic_s() == 5
    near.close()
    writing.close(an_end())


def test_a_lock_that_is_given_back_meanwhile_is_ours(
    far: tuple[SqliteStore, HandClock], path: Path
) -> None:
    # given
    writing = far[0].write(far[0].snapshot(STACK), a_start(), a_holder(host="login2"))

    class Watching(HastyClock):
        def wait(self, event: threading.Event, timeout_s: float) -> bool:
            writing.close(an_end())
            return super().wait(event, timeout_s)

    near = SqliteStore(path, computer=a_computer(clock=Watching()), patience_s=30)

    # when
    mine = near.write(near.snapshot(STACK), a_start(), a_holder())

    # then
    mine.commit([])
    near._writings[0].stop()
    near.close()


def test_the_heart_of_an_open_run_beats_every_five_seconds(
    far: tuple[SqliteStore, HandClock], path: Path
) -> None:
    # given
    store, clock = far
    writing = store.write(store.snapshot(STACK), a_start(), a_holder(host="login2"))
    other = SqliteStore(path, computer=a_computer())

    def beats() -> int:
        with other._database.reading() as connection:
            assert connection is not None
            number: int = connection.execute("SELECT beat FROM locks").fetchone()[0]
            return number

    # when
    before = beats()
    clock.advance(seconds=5)
    until(lambda: beats() == 1)

    # then
    assert before == 0
    writing.close(an_end())
    assert not [one for one in threading.enumerate() if one.name == "heartbeat"]
    other.close()


def test_a_heart_goes_on_after_a_beat_that_failed() -> None:
    # given
    clock = HandClock()
    beats: list[CmxError] = []

    def fail() -> None:
        beats.append(StoreUnusable("the disk is full"))
        raise beats[-1]

    heart = Heartbeat(fail, clock)

    def has_failed_twice() -> bool:
        clock.advance(seconds=5)
        return len(beats) >= 2

    # when
    until(has_failed_twice)

    # then
    heart.stop()
    heart.stop()


def test_closing_the_store_stops_the_hearts_but_keeps_the_locks(
    far: tuple[SqliteStore, HandClock], stores: Callable[[float], SqliteStore]
) -> None:
    # given
    store, _ = far
    store.write(store.snapshot(STACK), a_start(), a_holder(host="login2"))

    # when
    store.close()

    # then
    assert not [one for one in threading.enumerate() if one.name == "heartbeat"]
    with pytest.raises(StackLocked):
        stores(0).write(Snapshot(STACK), a_start(), a_holder())


@pytest.mark.parametrize(
    ("holder", "is_dead"),
    [
        (a_holder(), False),
        (a_holder(is_alive=False), True),
        (a_holder(host="login2", is_alive=False), False),
        (Holder("ada", "login1", own_pid(), started="", purpose="up"), False),
    ],
)
def test_only_a_process_that_can_be_seen_from_here_is_surely_dead(
    holder: Holder, *, is_dead: bool
) -> None:
    assert is_surely_dead(holder, "login1") is is_dead
