"""Do something with several machines at once: a controller that does not answer takes long."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_One = TypeVar("_One")
_Answer = TypeVar("_Answer")
_AT_ONCE = 8


def each_at_once(act: Callable[[_One], _Answer], ones: Iterable[_One]) -> Sequence[_Answer]:
    """Return as many answers, in the same order. Errors: those of `act`."""
    todo = list(ones)
    if len(todo) < 2:
        return [act(one) for one in todo]
    with ThreadPoolExecutor(min(_AT_ONCE, len(todo))) as workers:
        return list(workers.map(act, todo))
