"""What several threads ask for at nearly the same time is done once."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.batch.together import Together
from cloudmesh_iac.settings.computer import SystemClock


class WhenAllHaveCome(SystemClock):
    """A clock whose moment is over when so many have asked."""

    def __init__(self, askers: int) -> None:
        self.barrier = threading.Barrier(2)
        self.askers = askers

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        self.barrier.wait(60)
        return False


class Site:
    def __init__(self, bad: str = "", error: Exception | None = None) -> None:
        self.calls: list[list[str]] = []
        self.bad = bad
        self.error = error

    def act(self, items: Sequence[str]) -> None:
        self.calls.append(sorted(items))
        if self.error is not None and self.bad in items:
            raise self.error


def ask_all(site: Site, names: Sequence[str]) -> list[BaseException | None]:
    """Let a thread ask for each name, all before the moment is over."""
    clock = WhenAllHaveCome(len(names))
    together = Together(site.act, clock)

    def ask(name: str) -> None:
        together.do([name])

    with ThreadPoolExecutor(len(names)) as pool:
        asked = [pool.submit(ask, name) for name in names]
        deadline = clock.monotonic_s() + 60
        while together._open is None or len(together._open.items) < len(names):
            assert clock.monotonic_s() < deadline
        clock.barrier.wait(60)
        return [one.exception(60) for one in asked]


def test_many_are_one_call() -> None:
    # given
    site = Site()

    # then
    assert ask_all(site, ["a", "b", "c"]) == [None] * 3
    assert site.calls == [["a", "b", "c"]]


def test_a_refusal_is_only_that_of_whom_it_is_about() -> None:
    # given
    site = Site("b", SiteRefused("not yours"))

    # when
    ends = ask_all(site, ["a", "b", "c"])

    # then
    assert [isinstance(one, SiteRefused) for one in ends] == [False, True, False]
    assert sorted(site.calls[1:]) == [["a"], ["b"], ["c"]]


def test_a_site_that_does_not_answer_is_asked_once() -> None:
    # given
    site = Site("b", SiteUnreachable("no answer"))

    # when
    ends = ask_all(site, ["a", "b", "c"])

    # then
    assert all(isinstance(one, SiteUnreachable) for one in ends)
    assert len(site.calls) == 1


def test_one_after_the_other_are_two_calls() -> None:
    # given
    site = Site()
    together = Together(site.act, SystemClock())

    # when
    together.do(["a"])
    together.do(["b", "c"])

    # then
    assert site.calls == [["a"], ["b", "c"]]
    with pytest.raises(SiteRefused):
        Together(Site("x", SiteRefused("no")).act, SystemClock()).do(["x"])
