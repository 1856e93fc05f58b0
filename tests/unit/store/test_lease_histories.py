"""Random histories of two nodes that pause, sleep, set their clocks and want one lock."""

import tempfile
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudmesh_iac.core.journal import Saved
from cloudmesh_iac.core.locks import Held
from cloudmesh_iac.errors import StackLocked
from cloudmesh_iac.store.leases import RHYTHM
from cloudmesh_iac.store.locks import read_lock
from cloudmesh_iac.store.sqlite import SqliteStore
from tests.builders import NOON, STACK, HandClock, a_computer, a_holder, a_record, a_start

_DAY_S = 86_400.0
_A_LITTLE_S = 1e-6  # what sums of numbers may be off
_SLEEP_S = 50.0
_IN_MEMORY = Path("/dev/shm")


class Act(StrEnum):
    """What happens. Hearts beat only when a history says so: a beat may be late, or never come."""

    BEGINS = "the holder is about to begin something"
    WANTS = "the other looks, and takes the lock if it can"
    BEATS = "the holder shows that it lives"
    WRITES = "the holder writes"
    HOLDER_SLEEPS = "the holder's computer sleeps for a while"
    OTHER_SLEEPS = "the other's computer sleeps for a while"
    HOLDER_SET = "somebody sets the holder's clock a day back"
    OTHER_SET = "somebody sets the other's clock a day forward"


_OF_THE_OTHER = {Act.WANTS, Act.OTHER_SLEEPS, Act.OTHER_SET}
History: TypeAlias = list[tuple[float, Act]]

# What matters stands here more often.
_ACTS = [*[Act.BEGINS] * 5, *[Act.WANTS] * 5, *Act]
_times = st.one_of(st.integers(0, 130), st.integers(40, 75)).map(float)
histories = st.lists(st.tuples(_times, st.sampled_from(_ACTS)), min_size=8, max_size=20).map(
    lambda history: [(0.0, Act.WANTS), *sorted(history, key=lambda one: one[0])]
)


class NodeClock(HandClock):
    """The clocks of one node: one that people set, one that stops in sleep, one that does not."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by_s = 0.0
        self.slept_s = 0.0
        self.asleep_until_s = 0.0

    @property
    def is_asleep(self) -> bool:
        return self._passed_s < self.asleep_until_s

    def fall_asleep(self) -> None:
        self.asleep_until_s = self._passed_s + _SLEEP_S

    def advance(self, *, seconds: float) -> None:
        self.slept_s += max(0.0, min(seconds, self.asleep_until_s - self._passed_s))
        super().advance(seconds=seconds)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self._passed_s + self.set_by_s)

    def monotonic_s(self) -> float:
        return self._passed_s - self.slept_s


class Two:
    """A node that holds the lock and one that wants it, and what must be true of them."""

    def __init__(self, folder: str) -> None:
        self.clocks = NodeClock(), NodeClock()
        self.stores = tuple(
            SqliteStore(Path(folder, "cmx.db"), computer=a_computer(host=host, clock=clock))
            for host, clock in zip(("login1", "login2"), self.clocks, strict=True)
        )
        first = self.stores[0]
        self.writing = first.write(first.snapshot(STACK), a_start(), a_holder(host="login1"))
        self.writing.stop()
        self.now_s = 0.0
        self.acted_s = float("-inf")
        self.is_lost = False
        self.seen: tuple[Held, float] | None = None
        self.written = 0

    def close(self) -> None:
        for store in self.stores:
            store.close()

    def play(self, at_s: float, act: Act) -> None:
        passed_s, self.now_s = at_s - self.now_s, at_s
        for clock in self.clocks:
            clock.advance(seconds=passed_s)
        if not self.clocks[act in _OF_THE_OTHER].is_asleep:
            self.do(act)

    def do(self, act: Act) -> None:
        holder, other = self.clocks
        match act:
            case Act.BEGINS:
                self.begin()
            case Act.WANTS:
                self.want()
            case Act.BEATS:
                self.writing._beat()
            case Act.WRITES:
                self.write()
            case Act.HOLDER_SLEEPS:
                holder.fall_asleep()
            case Act.OTHER_SLEEPS:
                other.fall_asleep()
            case Act.HOLDER_SET:
                holder.set_by_s -= _DAY_S
            case Act.OTHER_SET:
                other.set_by_s += _DAY_S

    def begin(self) -> None:
        try:
            self.writing.hold()
        except StackLocked:
            assert self.is_lost, "who holds it may begin something, however long it has paused"
        else:
            assert not self.is_lost, "both may begin something"
            self.acted_s = self.now_s

    def write(self) -> None:
        try:
            self.writing.commit([Saved(a_record(f"r{self.written}"))])
        except StackLocked:
            assert self.is_lost
        else:
            assert not self.is_lost
            self.written += 1

    def want(self) -> None:
        if self.is_lost:
            return
        store, must_succeed = self.stores[1], self.has_stood_still()
        try:
            store.write(store.snapshot(STACK), a_start(), a_holder(host="login2")).stop()
        except StackLocked:
            assert not must_succeed, "nobody has shown any life for a minute"
        else:
            self.is_lost = True
            assert self.now_s - self.acted_s >= RHYTHM.margin_s - _A_LITTLE_S

    def has_stood_still(self) -> bool:
        """Say whether the other has seen the same lock for a minute by now."""
        now_s = self.clocks[1].monotonic_s()
        with self.stores[1]._database.reading() as connection:
            assert connection is not None
            held = read_lock(connection, STACK)
        assert held is not None
        if self.seen is None or held.has_moved(self.seen[0]):
            self.seen = held, now_s
        return now_s - self.seen[1] >= RHYTHM.lease_s + _A_LITTLE_S


@settings(max_examples=250, deadline=None, derandomize=True, database=None)
@given(histories)
def test_whatever_clocks_say_one_may_act_and_a_dead_one_is_succeeded(history: History) -> None:
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        two = Two(folder)
        try:
            for at_s, act in history:
                two.play(at_s, act)
            assert len(two.stores[0].snapshot(STACK).records) == two.written
        finally:
            two.close()
