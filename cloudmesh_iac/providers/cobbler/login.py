"""Log in to a machine by ssh, and read there what its installation has left."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.metal import Machine

_CONNECT_S = 10
_ANSWER_S = 30
_OPTIONS = {
    "BatchMode": "yes",
    "ConnectTimeout": str(_CONNECT_S),
    # Each installation makes new host keys. What tells that it is this machine, after this very
    # installation, is the nonce that it has: nothing of ours is sent there.
    "StrictHostKeyChecking": "no",
    "UserKnownHostsFile": "/dev/null",
    "LogLevel": "ERROR",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a machine has answered; `note` says why it has not."""

    text: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Login:
    """How machines of a site are logged in to, by OpenSSH with the person's own settings of it."""

    user: str
    port: int
    identity: Path | None

    def read(self, machine: Machine, file: str) -> Told:
        """Return what stands in a file of a machine. Never raises."""
        address = machine.address or machine.hostname or str(machine.name)
        words = [word for key, value in _OPTIONS.items() for word in ("-o", f"{key}={value}")]
        if self.identity is not None:
            words += ["-i", str(self.identity), "-o", "IdentitiesOnly=yes"]
        argv = ["ssh", *words, "-p", str(self.port), f"{self.user}@{address}", f"cat {file}"]
        try:
            done = subprocess.run(
                argv,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_ANSWER_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Told(note=f"ssh to {address}: {type(error).__name__}")
        if done.returncode == 0:
            return Told(text=done.stdout.strip())
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return Told(note=f"ssh to {address}: {lines[-1]}")
