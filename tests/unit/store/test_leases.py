"""When a lock is over, that a living run keeps it, and what a run may do that has lost it."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.locks import Holder, Stop, StopRequest
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.errors import CmxError, ExitCode, StackLocked, StoreUnusable
from cloudmesh_iac.settings.computer import own_pid
from cloudmesh_iac.store.leases import Heartbeat, Rhythm, is_surely_dead
from cloudmesh_iac.store.sqlite import SqliteStore
from cloudmesh_iac.store.writing import SqliteWriting
from tests.builders import STACK, HandClock, a_computer, a_holder, a_record, a_start, an_end
from tests.unit.store.older import make_older


@dataclass
class Login:
    """A store as one login node sees it, with a clock of its own."""

    store: SqliteStore
    clock: HandClock
    host: str

    def write(self) -> SqliteWriting:
        return self.store.write(self.store.snapshot(STACK), a_start(), a_holder(host=self.host))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cmx.db"


@pytest.fixture
def login(path: Path) -> Iterator[Callable[..., Login]]:
    """Log in on a host. Its clock stands still, so no heart beats, until a test moves it."""
    made: list[Login] = []

    def make(host: str, rhythm: Rhythm | None = None) -> Login:
        clock = HandClock()
        computer = a_computer(host=host, clock=clock)
        store = SqliteStore(path, computer=computer, rhythm=rhythm or Rhythm())
        made.append(Login(store, clock, host))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


@dataclass
class Heard:
    requests: list[StopRequest] = field(default_factory=list)
    errors: list[StackLocked] = field(default_factory=list)

    def stop(self, request: StopRequest) -> None:
        self.requests.append(request)

    def lost(self, error: StackLocked) -> None:
        self.errors.append(error)


def until(condition: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline_s, "it did not happen in time"
        threading.Event().wait(0.005)


def until_beat(near: Login, number: int) -> None:
    def is_seen() -> bool:
        held = near.store.lock(STACK)
        return held is not None and held.beat == number

    until(is_seen)


# --- who looks on ---------------------------------------------------------------------------------


def test_a_lock_that_does_not_move_for_a_minute_is_free(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    lost = far.write()
    seen = near.store.lock(STACK)

    # when
    near.clock.advance(seconds=60)

    # then
    assert seen is not None
    assert seen.holder.host == "login2"
    assert near.store.lock(STACK) is None
    writing = near.write()
    writing.commit([Saved(a_record())])
    with pytest.raises(StackLocked) as refused:
        lost.commit([Saved(a_record("late"))])
    assert refused.value.exit_code is ExitCode.LOCKED
    assert "taken over" in refused.value.message
    assert len(near.store.snapshot(STACK).records) == 1


def test_a_lock_is_not_free_before_its_minute_is_over(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    far.write()
    near.store.lock(STACK)

    # when
    near.clock.advance(seconds=59.9)

    # then
    with pytest.raises(StackLocked, match="on login2"):
        near.write()


def test_a_minute_begins_anew_with_each_sign_of_life(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    writing = far.write()
    near.store.lock(STACK)
    near.clock.advance(seconds=50)

    # when
    writing.settle_parameters([])
    after_50_s = near.store.lock(STACK)
    near.clock.advance(seconds=50)
    after_100_s = near.store.lock(STACK)
    near.clock.advance(seconds=10)

    # then
    assert after_50_s is not None
    assert after_100_s is not None
    assert not after_100_s.has_moved(after_50_s)
    assert near.store.lock(STACK) is None


def test_who_has_not_looked_before_has_to_look_for_a_minute(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    far.write()
    near.clock.advance(seconds=3600)

    # when / then
    with pytest.raises(StackLocked):
        near.write()


def test_of_two_who_saw_a_lock_end_one_gets_it(login: Callable[..., Login]) -> None:
    # given
    far, first, second = login("login3"), login("login1"), login("login2")
    far.write()
    for near in (first, second):
        near.store.lock(STACK)
        near.clock.advance(seconds=60)

    # when
    writing = first.write()

    # then
    with pytest.raises(StackLocked, match="on login1"):
        second.write()
    writing.close(an_end())


def test_a_lock_that_is_given_back_is_free_at_once(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    writing = far.write()
    near.store.lock(STACK)

    # when
    writing.close(an_end())

    # then
    assert near.store.lock(STACK) is None
    near.write().close(an_end())


@pytest.mark.parametrize(
    ("holder", "is_dead"),
    [
        (a_holder(), False),
        (a_holder(is_alive=False), True),
        (a_holder(host="login2", is_alive=False), False),
        (replace(a_holder(is_alive=False), system="b2 "), False),
        (Holder("ada", "login1", own_pid(), "", "up", a_computer().system), False),
    ],
    ids=["alive", "ended", "on another host", "in another container", "without a start"],
)
def test_only_a_process_that_can_be_seen_from_here_is_surely_dead(
    holder: Holder, *, is_dead: bool
) -> None:
    assert is_surely_dead(holder, a_computer()) is is_dead


# --- who holds ------------------------------------------------------------------------------------


def test_the_heart_of_an_open_run_beats_every_five_seconds(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    writing = far.write()

    def beats() -> int:
        held = near.store.lock(STACK)
        assert held is not None
        return held.beat

    # when
    before = beats()
    far.clock.advance(seconds=5)
    until(lambda: beats() == 1)

    # then
    assert before == 0
    writing.close(an_end())
    assert not [one for one in threading.enumerate() if one.name == "heartbeat"]


def test_a_heart_goes_on_after_a_beat_that_failed() -> None:
    # given
    clock = HandClock()
    beats: list[CmxError] = []

    def fail() -> None:
        beats.append(StoreUnusable("the disk is full"))
        raise beats[-1]

    heart = Heartbeat(fail, clock=clock, beat_s=5)

    def has_failed_twice() -> bool:
        clock.advance(seconds=5)
        return len(beats) >= 2

    # when
    until(has_failed_twice)

    # then
    heart.stop()
    heart.stop()


def test_closing_the_store_stops_the_hearts_but_keeps_the_locks(
    login: Callable[..., Login],
) -> None:
    # given
    far, near = login("login2"), login("login1")
    far.write()

    # when
    far.store.close()

    # then
    assert not [one for one in threading.enumerate() if one.name == "heartbeat"]
    with pytest.raises(StackLocked):
        near.store.write(Snapshot(STACK), a_start(), a_holder())


def a_writing_without_a_heart(login: Callable[..., Login]) -> tuple[SqliteWriting, Login]:
    """Return a run whose heartbeat has stopped, as that of a paused process has."""
    far = login("login2")
    writing = far.write()
    writing.stop()
    return writing, far


def test_with_15_seconds_left_a_run_may_act_and_shows_nothing(
    login: Callable[..., Login],
) -> None:
    # given
    writing, far = a_writing_without_a_heart(login)
    before = login("login1").store.lock(STACK)

    # when
    far.clock.advance(seconds=45)
    writing.hold()

    # then
    assert login("login3").store.lock(STACK) == before


def test_a_run_that_paused_makes_its_lock_last_if_nobody_has_taken_it(
    login: Callable[..., Login],
) -> None:
    # given
    writing, far = a_writing_without_a_heart(login)
    near = login("login1")
    near.store.lock(STACK)
    near.clock.advance(seconds=59)

    # when
    far.clock.advance(seconds=3600)
    writing.hold()
    near.clock.advance(seconds=1)

    # then
    with pytest.raises(StackLocked):
        near.write()
    writing.commit([Saved(a_record())])


@pytest.mark.parametrize("paused_s", [46, 60, 86_400])
def test_a_run_that_paused_and_lost_its_lock_may_not_act(
    login: Callable[..., Login], *, paused_s: float
) -> None:
    # given
    writing, far = a_writing_without_a_heart(login)
    near = login("login1")
    near.store.lock(STACK)
    near.clock.advance(seconds=60)
    other = near.write()

    # when
    far.clock.advance(seconds=paused_s)
    with pytest.raises(StackLocked) as refused:
        writing.hold()

    # then
    assert "taken over" in refused.value.message
    other.close(an_end())


def test_a_run_that_paused_while_the_passphrase_was_changed_writes_nothing_with_the_old_one(
    login: Callable[..., Login],
) -> None:
    # given
    writing, _ = a_writing_without_a_heart(login)
    near = login("login1")
    near.store.lock(STACK)
    near.clock.advance(seconds=60)

    # when
    near.store.reseal(STACK, lambda text: text, salt="new")

    # then
    with pytest.raises(StackLocked, match="taken over"):
        writing.commit([Saved(a_record())])


def test_a_disk_that_is_slower_than_a_lease_lets_nobody_act(login: Callable[..., Login]) -> None:
    # given
    far = login("login2", rhythm=Rhythm(lease_s=10, beat_s=5, margin_s=15))
    writing = far.write()

    # when / then
    with pytest.raises(StackLocked, match="takes longer"):
        writing.hold()


def test_a_run_that_only_waits_hears_that_its_lock_is_lost(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    heard, writing = Heard(), far.write()
    writing.listen(heard)
    near.store.lock(STACK)
    near.clock.advance(seconds=60)
    near.write()

    # when
    far.clock.advance(seconds=5)

    # then
    until(lambda: bool(heard.errors))
    assert "taken over" in heard.errors[0].message
    assert heard.requests == []


def test_the_lock_of_an_older_version_is_seen_and_asked_after_an_update(
    login: Callable[..., Login], path: Path
) -> None:
    # given
    far, near = login("login2"), login("login1")
    far.write()
    far.store.close()
    make_older(path, 3)

    # when
    before = near.store.lock(STACK)
    near.store.ask_to_stop(STACK, StopRequest(Stop.SOON, "bob", "login1"))
    after = near.store.lock(STACK)

    # then
    assert before is not None
    assert (before.holder.pid, before.holder.system, before.since) == (own_pid(), "", None)
    assert after == before


# --- who asks -------------------------------------------------------------------------------------


def test_a_request_is_heard_with_the_next_beat_and_once(login: Callable[..., Login]) -> None:
    # given
    far, near = login("login2"), login("login1")
    heard, writing = Heard(), far.write()
    writing.listen(heard)
    soon = StopRequest(Stop.SOON, "bob", "login1")
    now = StopRequest(Stop.NOW, "bob", "login1")

    # when
    asked = near.store.ask_to_stop(STACK, soon)
    for beat in (1, 2):
        far.clock.advance(seconds=5)
        until_beat(near, beat)
    near.store.ask_to_stop(STACK, now)
    far.clock.advance(seconds=5)
    until(lambda: len(heard.requests) == 2)

    # then
    assert asked is not None
    assert asked.holder == a_holder(host="login2")
    assert heard.requests == [soon, now]


def test_who_takes_a_lock_over_is_not_asked_what_was_asked_before(
    login: Callable[..., Login],
) -> None:
    # given
    far, near = login("login2"), login("login1")
    lost = far.write()
    near.store.ask_to_stop(STACK, StopRequest(Stop.SOON, "bob", "login1"))
    near.clock.advance(seconds=60)
    heard, writing = Heard(), near.write()
    writing.listen(heard)

    # when
    near.clock.advance(seconds=5)
    until_beat(far, 1)

    # then
    assert heard == Heard()
    lost.close(an_end())
    writing.close(an_end())
