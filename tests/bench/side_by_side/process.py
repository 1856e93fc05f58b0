"""What does one whole command cost: time, processor, memory, those of its children too?"""

import ctypes
import os
import resource
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

_PR_SET_CHILD_SUBREAPER = 36
_SAMPLE_S, _FIRST_SAMPLES_S = 0.1, 0.02  # a short command is looked at more often
_SHORT_S = 1.0
_LAST_WORDS = 600
_ORPHANS_S = 10.0


class Failed(Exception):
    """A command did not end well: its time means nothing. The message has its last words."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall and processor time in seconds; memory in MB.

    `memory_mb` is the most that all its processes had at one moment, `processes_mb` the most that
    each of them had, by the words of its command line.
    """

    wall_s: float
    cpu_s: float
    memory_mb: float
    processes_mb: Mapping[str, float] = field(default_factory=dict)


def measured(
    command: Sequence[str], *, folder: Path, environment: Mapping[str, str], timeout_s: float
) -> Cost:
    """Run a command to its end, and everything that it has started. Errors: Failed.

    Every child of this process is taken for the command's: have no others.
    """
    _adopt_orphans()
    before_s = _children_cpu_s()
    began_s = monotonic()
    log = folder / "last-command.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        with _Watch(timeout_s) as watch:
            code = process.wait()
            wall_s = monotonic() - began_s
    _end_orphans()
    if watch.is_late:
        raise Failed(f"it was not done after {timeout_s:g} s")
    if code != 0:
        raise Failed(f"exit code {code}: {log.read_text()[-_LAST_WORDS:].strip()}")
    return Cost(wall_s, _children_cpu_s() - before_s, watch.most_mb, watch.processes_mb)


class _Watch:
    """Looks at the memory of all our descendants, and kills them when they are late."""

    def __init__(self, timeout_s: float) -> None:
        self._began_s = monotonic()
        self._ends_s = self._began_s + timeout_s
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.most_mb = 0.0
        self.processes_mb: dict[str, float] = {}
        self.is_late = False

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        every_s = _FIRST_SAMPLES_S
        while not self._over.wait(every_s):
            self._sample()
            if monotonic() > self._began_s + _SHORT_S:
                every_s = _SAMPLE_S
            if monotonic() > self._ends_s:
                self.is_late = True
                _kill_all()

    def _sample(self) -> None:
        total = 0.0
        for pid in _descendants():
            size = _resident_mb(pid)
            name = _command_of(pid)
            total += size
            self.processes_mb[name] = max(size, self.processes_mb.get(name, 0.0))
        self.most_mb = max(self.most_mb, total)


def _children_cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _adopt_orphans() -> None:
    """A process whose parent ends without waiting for it becomes ours, so that it is counted."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_orphans() -> None:
    """Wait for what a command has left running, and kill it after a while."""
    ends_s = monotonic() + _ORPHANS_S
    pause = threading.Event()
    with suppress(ChildProcessError):  # there is none left
        while True:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                if monotonic() > ends_s:
                    _kill_all()
                pause.wait(0.02)


def _kill_all() -> None:
    for pid in _descendants():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _descendants() -> Iterator[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, IndexError, ValueError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    for pid in parents:
        above: int | None = pid
        while (above := parents.get(above or 0)) is not None:
            if above == os.getpid():
                yield pid
                break


def _resident_mb(pid: int) -> float:
    with suppress(OSError, IndexError, ValueError):
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _command_of(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    return ""
