"""Carry out together what several threads ask for at nearly the same time."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from cloudmesh_iac.errors import CmxError, SiteRefused
from cloudmesh_iac.settings.computer import SystemClock

T = TypeVar("T")
_LONG_ENOUGH_S = 0.05


@dataclass
class _Batch(Generic[T]):
    items: list[T] = field(default_factory=list)
    is_over: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class Together(Generic[T]):
    """The first of them waits a moment for the others and acts for all.

    What is refused together is tried again by each alone: the refusal may be about another's.
    """

    def __init__(self, act: Callable[[Sequence[T]], None], clock: SystemClock) -> None:
        self._act = act
        self._clock = clock
        self._lock = threading.Lock()
        self._open: _Batch[T] | None = None

    def do(self, items: Sequence[T]) -> None:
        """Return when it is done. Errors: those of the act."""
        with self._lock:
            is_first = self._open is None
            batch = self._open = self._open or _Batch()
            batch.items.extend(items)
        if is_first:
            self._lead(batch)
        else:
            batch.is_over.wait()
        if isinstance(batch.error, SiteRefused) and len(batch.items) > len(items):
            self._act(items)
        elif batch.error is not None:
            raise batch.error

    def _lead(self, batch: _Batch[T]) -> None:
        try:
            self._clock.wait(threading.Event(), _LONG_ENOUGH_S)
        finally:
            with self._lock:
                self._open = None
        try:
            self._act(batch.items)
        except CmxError as error:
            batch.error = error
        except BaseException as error:
            batch.error = error
            raise
        finally:
            batch.is_over.set()
