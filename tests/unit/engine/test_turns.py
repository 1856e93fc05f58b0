"""Waiting for one's turn to write a stack."""

import threading
from collections.abc import Callable

import pytest

from cloudmesh_iac.core.events import Event, Noticed
from cloudmesh_iac.core.locks import Held
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.engine.turns import wait_for_end, wait_for_turn
from cloudmesh_iac.errors import StackLocked
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.store.memory import MemoryStore
from tests.builders import STACK, HandClock, a_computer, a_holder


class PassingClock(HandClock):
    """A clock whose waits pass at once."""

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.advance(seconds=timeout_s)
        return event.is_set()


class Watched(MemoryStore):
    """A store whose lock looks as `look` says, by the seconds that have passed."""

    def __init__(self, look: Callable[[float], Held | None], computer: Computer) -> None:
        super().__init__(computer=computer)
        self._look = look

    def lock(self, stack: StackId) -> Held | None:
        return self._look(self._computer.clock.monotonic_s())


class Told:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def tell(self, event: Event) -> None:
        self.events.append(event)


def held(beat: float = 0, token: int = 1) -> Held:
    return Held(a_holder(host="login2", purpose="cmx up"), token, int(beat))


def waited_s(
    look: Callable[[float], Held | None], told: Told | None = None, *, patience_s: float = 0
) -> float:
    """Wait for a turn; return how long it took."""
    clock = PassingClock()
    store = Watched(look, a_computer(clock=clock))
    try:
        wait_for_turn(STACK, store=store, clock=clock, events=told or Told(), patience_s=patience_s)
    except StackLocked as error:
        error.add_note(str(clock.monotonic_s()))
        raise
    return clock.monotonic_s()


def test_a_free_lock_is_not_waited_for() -> None:
    assert waited_s(lambda _: None) == 0


@pytest.mark.parametrize("sign", [lambda s: held(beat=s // 5), lambda s: held(token=1 + s // 5)])
def test_a_living_holder_is_named_after_its_first_sign_of_life(
    sign: Callable[[float], Held],
) -> None:
    # when
    with pytest.raises(StackLocked) as refused:
        waited_s(sign)

    # then
    assert "ada on login2 (cmx up, process" in refused.value.message
    assert refused.value.__notes__ == ["5.0"]


def test_a_silent_holder_is_watched_until_its_lock_is_over_and_that_is_said_once() -> None:
    # given
    told = Told()

    # when
    took_s = waited_s(lambda now_s: held() if now_s < 60 else None, told)

    # then
    assert took_s == 60
    (said,) = told.events
    assert isinstance(said, Noticed)
    assert "no sign of life from the run of ada on login2" in said.text


def test_a_patient_one_waits_for_the_end_of_a_living_run() -> None:
    # given
    told = Told()

    # when
    took_s = waited_s(
        lambda now_s: held(beat=now_s // 5) if now_s < 200 else None, told, patience_s=600
    )

    # then
    assert took_s == 200
    (said,) = told.events
    assert isinstance(said, Noticed)
    assert said.text.startswith("waiting for the run of ada on login2")


def test_patience_has_an_end() -> None:
    with pytest.raises(StackLocked) as refused:
        waited_s(lambda now_s: held(beat=now_s // 5), patience_s=600)
    assert refused.value.__notes__ == ["600.0"]


@pytest.mark.parametrize(
    ("look", "has_ended", "seconds"),
    [
        (lambda now_s: held() if now_s < 20 else None, True, 20),
        (lambda now_s: held(token=1 if now_s < 20 else 2), True, 20),
        (lambda now_s: held(beat=now_s // 5), False, 30),
    ],
    ids=["given back", "taken by another", "still there"],
)
def test_the_end_of_a_run_is_waited_for(
    look: Callable[[float], Held | None], *, has_ended: bool, seconds: float
) -> None:
    clock = PassingClock()
    store = Watched(look, a_computer(clock=clock))
    assert wait_for_end(STACK, held(), store=store, clock=clock, patience_s=30) is has_ended
    assert clock.monotonic_s() == seconds
