"""The hook of these tests: a store that kills its own process at a boundary of the journal."""

import os
import signal
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.journal import Entry, UpdateEnded, UpdateStarted
from cloudmesh_iac.core.locks import Holder
from cloudmesh_iac.core.records import Parameter, Snapshot
from cloudmesh_iac.engine.ports.state import Ears, Writing
from cloudmesh_iac.store.sqlite import SqliteStore


class Boundaries:
    """Counts them: each transaction has one before it and one after it."""

    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self._passed = 0
        self._lock = threading.Lock()

    def pass_one(self) -> None:
        with self._lock:
            self._passed += 1
            if self._passed == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


class KillingStore(SqliteStore):
    boundaries: Boundaries

    def write(  # type: ignore[override]  # the port's type, not the SQLite store's own
        self, snapshot: Snapshot, started: UpdateStarted, holder: Holder
    ) -> Writing:
        self.boundaries.pass_one()
        writing = super().write(snapshot, started, holder)
        self.boundaries.pass_one()
        return _KillingWriting(writing, self.boundaries)


@dataclass(frozen=True)
class _KillingWriting:
    inner: Writing
    boundaries: Boundaries

    def commit(self, entries: Sequence[Entry]) -> None:
        self.boundaries.pass_one()
        self.inner.commit(entries)
        self.boundaries.pass_one()

    def hold(self) -> None:
        self.inner.hold()

    def listen(self, ears: Ears) -> None:
        self.inner.listen(ears)

    def settle_parameters(self, parameters: Sequence[Parameter]) -> None:
        self.boundaries.pass_one()
        self.inner.settle_parameters(parameters)
        self.boundaries.pass_one()

    def close(self, ended: UpdateEnded) -> None:
        self.boundaries.pass_one()
        self.inner.close(ended)
        self.boundaries.pass_one()
