"""Keep a simulated site in a file, so that it outlives the process and several share it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter

from cloudmesh_iac.providers.simulated.scheduler import SimulatedJob, SimulatedScheduler
from cloudmesh_iac.providers.simulated.sharing import alone_with, write_world


@dataclass(slots=True)
class _World:
    """What stands in the file: the jobs, and how far the time of the site has come."""

    now: datetime
    jobs: list[SimulatedJob]


_WORLD = TypeAdapter(_World)


@dataclass
class FiledScheduler(SimulatedScheduler):
    """A scheduler whose jobs stand in a file; faults and calls belong to this process alone.

    The file is whole at every moment, also when its writer is killed.
    """

    path: Path = field(kw_only=True)

    @contextmanager
    def at(self, now: datetime) -> Iterator[None]:
        with self._lock, alone_with(self.path):
            now = self._load(now)
            with super().at(now):
                yield
            self._save(now)

    def _load(self, now: datetime) -> datetime:
        """Take over what stands there; return the time, which never goes back on a site."""
        self.jobs.clear()
        self._by_point.clear()
        if not self.path.exists():
            return now
        world = _WORLD.validate_json(self.path.read_bytes())
        for job in world.jobs:
            self._add(job)
        return max(now, world.now)

    def _save(self, now: datetime) -> None:
        write_world(self.path, _WORLD.dump_json(_World(now, self.jobs)))
