"""The Cobbler of a test run with its machines, and what can be done to them."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from tests.rigs.cobbler.furnishing import IDLE
from tests.rigs.cobbler.images import Images, machine_images
from tests.rigs.cobbler.plan import PASSWORD, USER, LabMachine, Plan, plan_in
from tests.rigs.cobbler.starting import (
    kill_cobblerd,
    processes_of,
    root_of,
    start_cobblerd,
    start_lab,
    stop_lab,
)
from tests.rigs.sharing import Shared


@dataclass(frozen=True, slots=True)
class CobblerLab:
    """Cobbler 3.3 on loopback, and two machines that it installs: QEMU behind real controllers.

    Each machine has 384 MiB. Their installation writes an image to the disk and boots from it; then
    root is let in by the keys that the installation was given.
    """

    folder: Path

    @property
    def plan(self) -> Plan:
        return plan_in(self.folder)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a site of the lab takes its password from."""
        return {"LAB_PASSWORD": PASSWORD}

    @property
    def options(self) -> dict[str, object]:
        """Return what the settings file says of a site that is this lab."""
        return {
            "url": self.plan.url,
            "web": self.plan.web,
            "user": USER,
            "secret": {"env": "LAB_PASSWORD"},
            "idle_profile": IDLE,
            "identity": str(self.plan.key),
            "poll_s": 1.0,
        }

    @property
    def machines(self) -> Sequence[LabMachine]:
        return self.plan.machines

    @property
    def images(self) -> Images:
        return machine_images()

    @property
    def public_key(self) -> str:
        return self.plan.key.with_suffix(".pub").read_text().strip()

    # --- what an administrator sees -----------------------------------------------------------

    def connect(self) -> Any:
        """Return Cobbler's own interface: who asks it what is really there."""
        return ServerProxy(self.plan.url, allow_none=True)

    def is_on(self, machine: LabMachine) -> bool:
        """Say whether its QEMU runs, whatever anybody says of it."""
        marks = f"mac={machine.mac}".encode()
        return any(
            marks in command for pid in _processes() if b"qemu" in (command := _command_of(pid))
        )

    def console(self, machine: LabMachine) -> str:
        file = machine.folder / "console"
        return file.read_text(errors="replace") if file.exists() else ""

    def ssh(self, machine: LabMachine, command: str) -> str:
        """Run a command on a machine as its user would, with nothing of ours between."""
        options = {
            "UserKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "no",
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "LogLevel": "ERROR",
        }
        words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
        login = f"root@{machine.address}"
        argv = ["ssh", "-F", "none", *words, "-i", str(self.plan.key), login, command]
        return subprocess.run(
            argv, capture_output=True, text=True, check=True, timeout=60, stdin=subprocess.DEVNULL
        ).stdout

    def logs(self) -> str:
        """Return all that Cobbler and the processes beside it have written down."""
        places = (self.plan.logs, root_of(self.folder) / "var" / "log" / "cobbler")
        files = [file for place in places for file in sorted(place.rglob("*")) if file.is_file()]
        return "\n".join(file.read_text(errors="replace") for file in files)

    # --- troubles -----------------------------------------------------------------------------

    def kill_cobblerd(self) -> None:
        kill_cobblerd(self.folder)

    def start_cobblerd(self) -> None:
        start_cobblerd(self.folder)

    def silence(self, machine: LabMachine) -> None:
        """From now on its controller answers nobody; the machine itself goes on."""
        self._signal(machine, signal.SIGSTOP)

    def hear_again(self, machine: LabMachine) -> None:
        self._signal(machine, signal.SIGCONT)

    def put_to_sleep(self, machine: LabMachine) -> None:
        """The next times it is switched on, it never begins to boot."""
        (machine.folder / "asleep").touch()

    def wake(self, machine: LabMachine) -> None:
        (machine.folder / "asleep").unlink(missing_ok=True)

    def _signal(self, machine: LabMachine, number: signal.Signals) -> None:
        pid = processes_of(self.folder).pid(machine.name)
        assert pid is not None
        os.kill(pid, number)


def shared_lab() -> Shared:
    return Shared(Path("/tmp/cmx-cobbler"), start=start_lab, stop=stop_lab)


def _processes() -> Sequence[str]:
    return [one.name for one in Path("/proc").iterdir() if one.name.isdecimal()]


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
