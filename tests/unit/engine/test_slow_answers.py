"""Who lets a run wait is named, once for each time that has passed."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.events import Event, Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.urns import ResourceType, make_urn
from cloudmesh_iac.engine.asks import (
    ConfigureAsk,
    CreateAsk,
    Created,
    DeleteAsk,
    InvokeAsk,
    Invoked,
    ReadAsk,
    UpdateAsk,
)
from cloudmesh_iac.engine.slow_answers import Patience, WatchedInstance, WatchedPackages
from tests.builders import HandClock
from tests.lifecycle.plugins import FakeInstance, FakePlugins
from tests.lifecycle.world import FakeProvider
from tests.rigs.waiting import eventually

THING = ResourceType("test:index:Thing")
LAB = make_urn(
    stack="hello",
    project="lab",
    parent=None,
    type_=ResourceType("pulumi:providers:test"),
    name="campus",
)
URN = make_urn(stack="hello", project="lab", parent=None, type_=THING, name="red")


@dataclass
class Told:
    words: list[str] = field(default_factory=list)

    def tell(self, event: Event) -> None:
        assert isinstance(event, Noticed)
        self.words.append(event.text)


class Slow(FakeInstance):
    """A plugin behind which somebody answers when a test says so."""

    door: threading.Event
    entered: threading.Event

    def create(self, ask: CreateAsk) -> Created | Failure:
        self.entered.set()
        assert self.door.wait(60)
        return Created("red#1", {})


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def patience(clock: HandClock, told: Told) -> Iterator[Patience]:
    made = Patience(clock, told)
    yield made
    made.close()


@pytest.fixture
def slow() -> Slow:
    made = Slow(FakePlugins(FakeProvider()), Package("test"))
    made.door, made.entered = threading.Event(), threading.Event()
    return made


@pytest.fixture
def watched(patience: Patience, slow: Slow, monkeypatch: pytest.MonkeyPatch) -> WatchedInstance:
    packages = FakePlugins(FakeProvider())
    monkeypatch.setattr(packages, "load", lambda _: slow)
    instance = WatchedPackages(packages, patience).load(Package("test"))
    assert isinstance(instance, WatchedInstance)
    assert instance.configure(ConfigureAsk(LAB, "an-id", {})) is None
    return instance


def asked(watched: WatchedInstance, slow: Slow) -> threading.Thread:
    """Ask for something in a thread of its own; return when the plugin has heard it."""
    thread = threading.Thread(target=watched.create, args=(CreateAsk(URN, THING, {}),))
    thread.start()
    assert slow.entered.wait(60)
    return thread


def test_whoever_does_not_answer_is_named_now_and_then(
    watched: WatchedInstance, slow: Slow, *, clock: HandClock, told: Told
) -> None:
    # given
    thread = asked(watched, slow)

    # when
    clock.advance(seconds=9)
    clock.advance(seconds=2)
    eventually(lambda: len(told.words) == 1, within_s=60)
    clock.advance(seconds=60)
    eventually(lambda: len(told.words) == 2, within_s=60)
    slow.door.set()
    thread.join()

    # then
    rest = "it is waited for, and all that does not need it goes on"
    assert told.words == [
        f"provider campus has not answered for {seconds} s: {rest}" for seconds in (10, 60)
    ]


def test_after_the_first_answer_a_long_question_is_work(
    watched: WatchedInstance, slow: Slow, *, patience: Patience, clock: HandClock, told: Told
) -> None:
    # given
    assert isinstance(watched.invoke(InvokeAsk("test:index:get", {})), Invoked)

    # when
    thread = asked(watched, slow)
    clock.advance(seconds=1000)
    slow.door.set()
    thread.join()
    patience.close()

    # then
    assert told.words == []


def test_everything_else_is_passed_on(watched: WatchedInstance, slow: Slow) -> None:
    # given
    slow.door.set()
    assert not watched.previews
    created = watched.create(CreateAsk(URN, THING, {}, is_preview=True))

    # then
    assert isinstance(created, Created)
    for answer in (
        watched.update(UpdateAsk(URN, THING, "red#1", {}, {}, {}, is_preview=True)),
        watched.update(UpdateAsk(URN, THING, "red#1", {}, {}, {})),
        watched.read(ReadAsk(URN, THING, "red#1", {}, {})),
        watched.delete(DeleteAsk(URN, THING, "red#1", {}, {})),
    ):
        assert answer is not None
    watched.close()
    assert slow.is_closed


def test_a_package_that_does_not_start_is_not_watched(patience: Patience) -> None:
    plugins = FakePlugins(FakeProvider(), missing={"gone"})
    packages = WatchedPackages(plugins, patience)
    assert isinstance(packages.load(Package("gone")), Failure)
    packages.close()
