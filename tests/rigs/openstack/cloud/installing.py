"""What a control plane needs on this computer: Debian packages, and a Python environment."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.rigs.starting import CannotStart, locked

_HERE = Path(__file__).parent
_DEBIAN = ("mariadb-server", "rabbitmq-server")
_INSTALL_S = 1200.0
_SHOWN_LINES = 3


def install_packages() -> None:
    """Install the Debian packages that are missing. Errors: CannotStart."""
    with locked(Path("/tmp/cmx-openstack-packages.lock")):
        missing = [package for package in _DEBIAN if not _is_installed(package)]
        if not missing:
            return
        # Under this run level Debian's packages start no servers of the whole computer.
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=600", "-qq"]
        _run([*apt, "update"], environment)
        _run([*apt, "install", "-y", "--no-install-recommends", *missing], environment)


def environment_of_services() -> Path:
    """Return the environment that the services run in, installed now if it is not there.

    Errors: CannotStart.
    """
    requirements = _HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache() / f"services-{digest}"
    with locked(cache() / "services.lock"):
        if (folder / "complete").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        _run([sys.executable, "-m", "venv", str(folder)], os.environ)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--no-deps"]
        _run([*pip, "-r", str(requirements)], os.environ)
        (folder / "complete").touch()
    return folder


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "cmx-tests" / "openstack"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _is_installed(package: str) -> bool:
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}", package],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip() == "installed"


def _run(argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """Errors: CannotStart."""
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
