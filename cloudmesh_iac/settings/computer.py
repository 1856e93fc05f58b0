"""What does this computer say: clock, environment, ids, randomness, names?

The only module that reads them. Everything else takes a `Computer`, or a part of it.
"""

import getpass
import os
import secrets
import socket
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from cloudmesh_iac.errors import UsageProblem

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_PID_SPACE = Path("/proc/self/ns/pid")
_START_TIME_FIELD = 19  # of /proc/PID/stat, counted after the command's closing bracket


# Linux has a clock of its own for this; elsewhere the monotonic one does not stop.
_ALSO_ASLEEP = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The clock of this computer; satisfies `engine.ports.surroundings.Clock`."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def asleep_or_awake_s(self) -> float:
        """Return seconds that go on while the computer sleeps; those above may stand still."""
        return time.clock_gettime(_ALSO_ASLEEP)

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        return event.wait(timeout_s)

    def sleep(self, seconds: float) -> None:
        """Do nothing for a while; for programs of their own, such as the runner of local jobs."""
        time.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Computer:
    """This computer as seen by one run. Tests build their own."""

    environment: Mapping[str, str]
    host: str
    user: str
    home: Path
    boot_id: str
    cores: int
    pid_space: str = ""
    clock: SystemClock = field(default_factory=SystemClock)
    random: Random = field(default_factory=Random)

    @property
    def system(self) -> str:
        """Where the numbers of processes mean something: a boot, and a container in it."""
        return f"{self.boot_id} {self.pid_space}"

    def new_id(self) -> str:
        return uuid.uuid4().hex

    def new_key(self) -> str:
        """Return 32 random bytes as hex, fit for a key."""
        return secrets.token_hex(32)

    def random_bytes(self, count: int) -> bytes:
        """Return bytes that nobody can guess."""
        return secrets.token_bytes(count)

    def works_in(self) -> Path:
        """Return the current folder. Errors: UsageProblem when somebody has removed it."""
        try:
            return Path.cwd()
        except FileNotFoundError as error:
            raise UsageProblem("the current folder is gone", hint="cd to another one") from error


def this_computer() -> Computer:
    """Read this computer. `cores` counts what this process may use, not what is built in."""
    environment = dict(os.environ)
    return Computer(
        environment=environment,
        host=socket.gethostname(),
        user=environment.get("USER") or getpass.getuser(),
        home=Path(environment.get("HOME") or Path.home()),
        boot_id=_BOOT_ID.read_text().strip() if _BOOT_ID.exists() else "",
        pid_space=str(_PID_SPACE.readlink()) if _PID_SPACE.exists() else "",
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
    )


def process_started(pid: int) -> str:
    """Return when a process started, in the kernel's ticks since boot; empty if it is gone.

    A zombie counts as gone. With the pid it names a process for as long as the computer runs.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state == "Z" else fields[_START_TIME_FIELD - 1]


def is_alive(pid: int, started: str) -> bool:
    """Say whether the process that started then still runs."""
    return bool(started) and process_started(pid) == started


def own_pid() -> int:
    return os.getpid()


def python() -> str:
    """Return the interpreter that runs us."""
    return sys.executable
