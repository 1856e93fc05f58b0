"""Write journal entries of many threads in groups, each durable when its writer goes on."""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future

from cloudmesh_iac.core.journal import Entry
from cloudmesh_iac.engine.ports.state import Writing

_Item = tuple[tuple[Entry, ...], "Future[None]"]


class Journal:
    """One thread commits; what arrives while it does goes into the next transaction."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._thread.start()

    def write(self, entries: Sequence[Entry]) -> None:
        """Return when the entries are durable. Errors: as Writing.commit."""
        if not entries:
            return
        written: Future[None] = Future()
        self._items.put((tuple(entries), written))
        written.result()

    def close(self) -> None:
        """Write what is left and end the thread."""
        self._items.put(None)
        self._thread.join()

    def _run(self) -> None:
        is_open = True
        while is_open:
            item = self._items.get()
            batch: list[_Item] = []
            while item is not None:
                batch.append(item)
                if self._items.empty():
                    break
                item = self._items.get()
            is_open = item is not None
            self._commit(batch)

    def _commit(self, batch: list[_Item]) -> None:
        if not batch:
            return
        try:
            self._writing.commit([entry for entries, _ in batch for entry in entries])
        except Exception as error:  # noqa: BLE001 - whatever it is, its writers must hear of it
            for _, written in batch:
                written.set_exception(error)
        else:
            for _, written in batch:
                written.set_result(None)
