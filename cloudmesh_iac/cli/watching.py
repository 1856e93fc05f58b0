"""Show events while a command works: one thread shows, the main thread keeps the signals."""

import queue
import threading
from types import TracebackType
from typing import Self

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.views.progress import View

_TICK_S = 0.15


class EventQueue:
    """Satisfies `engine.ports.surroundings.Events`.

    Whoever shows, takes from it; `also` hears the same.
    """

    def __init__(self, also: Events | None = None) -> None:
        self.items: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._also = also

    def tell(self, event: Event) -> None:
        self.items.put(event)
        if self._also is not None:
            self._also.tell(event)


class Shown:
    """Shows events as long as its block lasts; all that came before its end are shown."""

    def __init__(self, events: EventQueue, view: View) -> None:
        self._events = events
        self._view = view
        self._thread = threading.Thread(target=self._run, name="view", daemon=True)

    def __enter__(self) -> Self:
        self._view.start()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._events.items.put(None)
        self._thread.join()
        self._view.stop()

    def _run(self) -> None:
        while True:
            try:
                event = self._events.items.get(timeout=_TICK_S)
            except queue.Empty:
                self._view.tick()
                continue
            if event is None:
                return
            self._view.handle(event)
