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
    # Nor is anything lent to it, whatever the person's own settings say of other hosts.
    "ForwardAgent": "no",
    "ForwardX11": "no",
    "GSSAPIDelegateCredentials": "no",
    "ClearAllForwardings": "yes",
    "ControlPath": "none",  # an open connection would answer for the installation before
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

    def argv(self, machine: Machine, file: str) -> list[str]:
        """Return the command that shows a file of a machine."""
        words = [word for key, value in _OPTIONS.items() for word in ("-o", f"{key}={value}")]
        if self.identity is not None:
            words += ["-i", str(self.identity), "-o", "IdentitiesOnly=yes"]
        to = f"{self.user}@{_address(machine)}"
        return ["ssh", *words, "-p", str(self.port), to, f"cat {file}"]

    def read(self, machine: Machine, file: str) -> Told:
        """Return what stands in a file of a machine. Never raises."""
        address = _address(machine)
        try:
            done = subprocess.run(
                self.argv(machine, file),
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


def _address(machine: Machine) -> str:
    return machine.address or machine.hostname or str(machine.name)
