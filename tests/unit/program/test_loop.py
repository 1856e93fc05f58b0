"""The child's loop parks no thread, and says when only an answer can wake it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

import pytest

from cloudmesh_iac.program.loop import AtOnce, QuietSelector, a_loop, close


class Quiet:
    """Counts how often the loop went to sleep, and does something then."""

    def __init__(self) -> None:
        self.times = 0
        self.then: list[Any] = []

    def __call__(self) -> None:
        self.times += 1
        if self.then:
            self.then.pop(0)()


@pytest.fixture
def quiet() -> Quiet:
    return Quiet()


@pytest.fixture
def loop(quiet: Quiet) -> Iterator[asyncio.AbstractEventLoop]:
    made = a_loop(quiet)
    yield made
    close(made)


# --- the executor ---------------------------------------------------------------------------------


def test_a_function_is_called_at_once_on_the_callers_thread() -> None:
    with AtOnce(1) as executor:
        done = executor.submit(lambda word: (threading.current_thread(), word), "hello")
        assert done.done()
        assert done.result() == (threading.current_thread(), "hello")


def test_a_future_is_the_answer_itself() -> None:
    answer: Future[int] = Future()
    with AtOnce(1) as executor:
        assert executor.submit(lambda: answer) is answer


def test_an_error_is_handed_on() -> None:
    with AtOnce(1) as executor:
        failed = executor.submit(lambda: 1 / 0)
    assert isinstance(failed.exception(), ZeroDivisionError)


def test_an_answer_that_comes_with_more_keeps_the_rest() -> None:
    # given
    good: Future[int] = Future()
    bad: Future[int] = Future()
    with AtOnce(1) as executor:
        waiting = executor.submit(lambda: (good, "rest"))
        failing = executor.submit(lambda: (bad, "rest"))
        plain = executor.submit(lambda: ())

    # when
    is_waiting = not waiting.done()
    good.set_result(3)
    bad.set_exception(KeyError("x"))

    # then
    assert is_waiting
    assert waiting.result() == (3, "rest")
    nothing, error = failing.result()
    assert (nothing, type(error)) == (None, KeyError)
    assert plain.result() == ()


# --- the loop -------------------------------------------------------------------------------------


def test_the_loop_says_that_it_waits_for_an_answer(
    loop: asyncio.AbstractEventLoop, quiet: Quiet
) -> None:
    # given
    answer: Future[str] = Future()
    quiet.then.append(lambda: threading.Thread(target=answer.set_result, args=("hi",)).start())

    def call() -> object:
        return answer  # the SDK does not know that it gets a future

    # when
    found = loop.run_until_complete(loop.run_in_executor(None, call))

    # then
    assert found == "hi"
    assert quiet.times >= 1


def test_a_loop_with_work_is_not_quiet(loop: asyncio.AbstractEventLoop, quiet: Quiet) -> None:
    async def work() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    loop.run_until_complete(work())
    assert quiet.times == 0


def test_a_loop_with_a_timer_is_not_quiet(loop: asyncio.AbstractEventLoop, quiet: Quiet) -> None:
    loop.run_until_complete(asyncio.wait_for(asyncio.sleep(0.001), 5))
    assert quiet.times == 0


def test_closing_cancels_what_is_left_and_waits_for_it(quiet: Quiet) -> None:
    # given
    ended: list[str] = []

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def begin() -> None:
        tasks.append(asyncio.get_running_loop().create_task(for_ever()))
        await asyncio.sleep(0)

    tasks: list[asyncio.Task[None]] = []
    made = a_loop(quiet)
    made.run_until_complete(begin())

    # when
    close(made)

    # then
    assert ended == ["cancelled"]
    assert made.is_closed()


def test_closing_an_idle_loop_is_nothing_special(quiet: Quiet) -> None:
    made = a_loop(quiet)
    close(made)
    assert made.is_closed()


def test_a_selector_with_a_timeout_says_nothing(quiet: Quiet) -> None:
    selector = QuietSelector(quiet)
    with suppress(OSError):
        selector.select(0)
    selector.close()
    assert quiet.times == 0
