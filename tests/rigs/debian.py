"""Install the Debian packages that a rig needs and this computer does not have."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.rigs.starting import CannotStart, locked

_INSTALL_S = 1200.0
_SHOWN_LINES = 3
_APT = ("apt-get", "-o", "DPkg::Lock::Timeout=600", "-qq")


def install_packages(packages: Sequence[str]) -> None:
    """Install those that are missing. Errors: CannotStart, also where nobody is allowed to."""
    with locked(Path("/tmp/cmx-debian-packages.lock")):
        missing = [package for package in packages if not _is_installed(package)]
        if not missing:
            return
        # Under this run level Debian's packages start no servers of the whole computer.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        run_to_install([*_APT, "update"], environment)
        run_to_install([*_APT, "install", "-y", "--no-install-recommends", *missing], environment)


def run_to_install(argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """Errors: CannotStart with the last lines of what the program said."""
    try:
        subprocess.run(
            argv,
            check=True,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            env=dict(environment),
            timeout=_INSTALL_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", None) or str(error)
        lines = "; ".join(str(said).strip().splitlines()[-_SHOWN_LINES:])
        raise CannotStart(f"{' '.join(argv[:4])}: {lines}") from error


def _is_installed(package: str) -> bool:
    try:
        asked = subprocess.run(
            ["dpkg-query", "-W", "-f=${db:Status-Status}", package],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise CannotStart(f"{package} is missing, and this is no Debian") from error
    return asked.stdout.strip() == "installed"
