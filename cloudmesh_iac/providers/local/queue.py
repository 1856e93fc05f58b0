"""Which jobs wait and run on this computer, and which cores are taken?

A folder per host, shared by every `cmx` of a person and by the runners. A job is one file, named by
its number, that moves from `held` to `ready` to `taken`. A core is one file whose lock somebody
holds. Everything is read and changed while `lock` is held.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path

from cloudmesh_iac.providers.local.state import read_json, write_json


class Standing(StrEnum):
    """Where a job is in the queue; also the names of the folders, in the order they are passed."""

    HELD = "held"
    READY = "ready"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Entry:
    """One job in the queue.

    `files` are sizes in bytes of what must be in the directory before it starts: a power cut may
    have emptied them. `runner` is the pid of its runner and `ticks` that one's start, 0 and empty
    until it is taken; `boot_id` says since when they mean something. `attempts` counts the runners
    it was given to. Times in seconds.
    """

    number: int
    remote_id: str
    token: str
    project: str
    stack: str
    point: str
    directory: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    files: Mapping[str, int] = field(default_factory=dict)
    cores: int = 1
    walltime_s: float | None = None
    kill_after_s: float = 5.0
    runner: int = 0
    ticks: str = ""
    boot_id: str = ""
    attempts: int = 0
    is_cancelled: bool = False


class Queue:
    def __init__(self, path: Path, slots: int) -> None:
        self.path = path
        self.slots = slots

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the queue against all other processes and threads."""
        for name in (*Standing, "slots"):
            _make_private(self.path / name)
        # Closing gives the lock back, also when the process is killed.
        with (self.path / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def reserve_numbers(self, count: int) -> range:
        """Return numbers that no job of this queue has had."""
        fields = read_json(self.path / "numbers.json") or {}
        # The standing ones guard against a counter that a power cut has emptied.
        used = max([int(fields.get("last", 0)), *self.standings()])
        write_json(self.path / "numbers.json", {"last": used + count})
        return range(used + 1, used + 1 + count)

    def standings(self) -> dict[int, Standing]:
        """Return every job in the queue, those that are served first in front."""
        found = ((_numbers(self.path / standing), standing) for standing in reversed(Standing))
        return {number: standing for numbers, standing in found for number in numbers}

    def entries(self, *standings: Standing) -> Iterator[Entry]:
        for standing in standings:
            for number in _numbers(self.path / standing):
                entry = self.entry(number, standing)
                if entry is not None:
                    yield entry

    def entry(self, number: int, standing: Standing) -> Entry | None:
        """Return None for a number that does not stand there.

        A file that a power cut has emptied is taken away: its job is lost, not the queue.
        """
        path = self._file(number, standing)
        fields = read_json(path)
        if fields is None:
            path.unlink(missing_ok=True)
            return None
        return Entry(**fields)

    def put(self, entry: Entry, standing: Standing) -> None:
        write_json(self._file(entry.number, standing), asdict(entry))

    def move(self, number: int, *, came_from: Standing, to: Standing) -> bool:
        """Say whether it stood there."""
        try:
            self._file(number, came_from).rename(self._file(number, to))
        except FileNotFoundError:
            return False
        return True

    def remove(self, number: int, standing: Standing) -> None:
        self._file(number, standing).unlink(missing_ok=True)

    def is_cancelled(self, number: int) -> bool:
        """Say whether somebody cancelled a job that has a runner."""
        entry = self.entry(number, Standing.TAKEN)
        return entry is not None and entry.is_cancelled

    def head(self) -> Entry | None:
        """Return the job that is served next; nobody overtakes it, so a big one is not starved."""
        return next(self.entries(Standing.READY), None)

    def take_slots(self, cores: int) -> tuple[int, ...] | None:
        """Lock so many cores and return the open files that hold them; None when too few are free.

        The lock belongs to the open file, which runner and job inherit: it lasts until somebody
        gives it back, or until the last of them is gone, whoever is killed.
        """
        taken: list[int] = []
        for slot in range(self.slots):
            if len(taken) == min(cores, self.slots):
                break
            file = os.open(self.path / "slots" / str(slot), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            else:
                taken.append(file)
        if len(taken) < min(cores, self.slots):
            give_back_slots(taken)
            return None
        return tuple(taken)

    def _file(self, number: int, standing: Standing) -> Path:
        return self.path / standing / f"{number:08d}"


def give_back_slots(files: Sequence[int]) -> None:
    for file in files:
        # Unlocked for all who inherited it: what a job left running keeps no core.
        fcntl.flock(file, fcntl.LOCK_UN)
        os.close(file)


def _make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only."""
    if not folder.is_dir():
        _make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _numbers(folder: Path) -> list[int]:
    return sorted(int(entry.name) for entry in os.scandir(folder) if entry.name.isdecimal())
