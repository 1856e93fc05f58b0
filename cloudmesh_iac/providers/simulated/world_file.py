"""Keep a simulated site in a file, so that it outlives the process and several share it."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from cloudmesh_iac.providers.simulated.scheduler import SimulatedJob, SimulatedScheduler

_JOBS = TypeAdapter(list[SimulatedJob])


@dataclass
class FiledScheduler(SimulatedScheduler):
    """A scheduler whose jobs stand in a file; faults and calls belong to this process alone.

    The file is whole at every moment, also when its writer is killed.
    """

    path: Path = field(kw_only=True)

    @contextmanager
    def at(self, now: datetime) -> Iterator[None]:
        with self._lock, self._alone():
            self._load()
            with super().at(now):
                yield
            self._save()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _load(self) -> None:
        text = self.path.read_bytes() if self.path.exists() else b"[]"
        self.jobs.clear()
        self._by_point.clear()
        for job in _JOBS.validate_json(text):
            self._add(job)

    def _save(self) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_bytes(_JOBS.dump_json(self.jobs))
        draft.replace(self.path)
