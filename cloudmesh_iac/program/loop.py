"""An event loop that parks no thread and says when it has nothing left to do."""

import asyncio
import selectors
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

_LONG_S = 0.5


class AtOnce(ThreadPoolExecutor):
    """Call functions on the loop's own thread; one that returns a future is waited for by the loop.

    The SDK sends each call through the loop's default executor. With threads there, as many would
    be parked as registrations are open.
    """

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        done: Future[Any] = Future()
        try:
            answer = fn(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - an executor hands on whatever comes
            done.set_exception(error)
            return done
        if isinstance(answer, Future):
            return answer
        if isinstance(answer, tuple) and answer and isinstance(answer[0], Future):
            answer[0].add_done_callback(partial(_pass_on, done, answer[1:]))
            return done
        done.set_result(answer)
        return done


def _pass_on(done: "Future[Any]", rest: tuple[Any, ...], answer: "Future[Any]") -> None:
    """Functions answer with what the engine says and an error, of which one is None."""
    error = answer.exception()
    if error is not None:
        done.set_result((None, error))
    else:
        done.set_result((answer.result(), *rest))


class QuietSelector(selectors.DefaultSelector):
    """Tell when the loop goes to sleep: without a timer, or with one that leaves time enough.

    A program that only watches a clock must not keep others from starting or leaving.
    """

    def __init__(self, on_quiet: Callable[[], None]) -> None:
        super().__init__()
        self._on_quiet = on_quiet

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout >= _LONG_S:
            self._on_quiet()
        return super().select(timeout)


def a_loop(on_quiet: Callable[[], None]) -> asyncio.AbstractEventLoop:
    loop = asyncio.SelectorEventLoop(QuietSelector(on_quiet))
    loop.set_default_executor(AtOnce(1))
    return loop


def close(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what is left, wait for it, and close the loop."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.close()
