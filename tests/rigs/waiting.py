"""Wait for what a real server will do, with a deadline."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import pytest

Answer = TypeVar("Answer")


def eventually(
    ask: Callable[[], Answer],
    is_it: Callable[[Answer], bool] = bool,
    *,
    within_s: float = 30,
    every_s: float = 0.2,
) -> Answer:
    """Ask until the answer is the awaited one, and return it."""
    deadline = monotonic() + within_s
    while not is_it(answer := ask()):
        if monotonic() > deadline:
            pytest.fail(f"not within {within_s:g} s; the last answer was {answer!r}")
        threading.Event().wait(every_s)
    return answer
