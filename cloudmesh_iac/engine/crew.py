"""Who is busy with a run? Whoever works for it is counted until the work is done."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future

_Work = Callable[[], None]


class Crew:
    """Puts work into a pool; `on_end` is called whenever somebody is free again."""

    def __init__(
        self,
        pool: Executor,
        *,
        on_end: Callable[[], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._pool = pool
        self._on_end = on_end
        self._on_crash = on_crash
        self._lock = threading.Lock()
        self._busy = 0

    def is_idle(self) -> bool:
        with self._lock:
            return self._busy == 0

    def began(self) -> None:
        with self._lock:
            self._busy += 1

    def ended(self) -> None:
        with self._lock:
            self._busy -= 1
        self._on_end()

    def take(self, work: _Work) -> None:
        self.began()
        self.go_on(work)

    def go_on(self, work: _Work) -> None:
        """Do the work of somebody who is counted already."""
        self._pool.submit(work).add_done_callback(self._left)

    def _left(self, work: Future[None]) -> None:
        crash = work.exception()
        if crash is not None:
            self._on_crash(crash)
        self.ended()
