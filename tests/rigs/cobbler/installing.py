"""What the rig needs on this computer: Debian packages, and a Python environment for Cobbler."""

import hashlib
import os
import shutil
import sys
from pathlib import Path

from tests.rigs.debian import install_packages, run_to_install
from tests.rigs.starting import locked

_HERE = Path(__file__).parent
_DEBIAN = (
    "rsync",  # Cobbler copies its boot files with it
    "libmagic1",
    "ipmitool",
    "pxelinux",
    "syslinux",
    "syslinux-common",
    "qemu-system-x86",
    "qemu-utils",
    "busybox-static",
    "dropbear-bin",
    "mtools",
    "fdisk",
    "openssh-client",
    "gcc",  # one of Cobbler's dependencies is compiled
    "python3-dev",
)


def install_programs() -> None:
    """Install the Debian packages that are missing. Errors: CannotStart."""
    install_packages(_DEBIAN)


def environment_of_cobbler() -> Path:
    """Return the environment with Cobbler and the controllers, installed now if it is not there.

    Errors: CannotStart.
    """
    requirements = _HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache() / f"services-{digest}"
    with locked(cache() / "services.lock"):
        if (folder / "complete").exists():
            return folder
        shutil.rmtree(folder, ignore_errors=True)
        run_to_install([sys.executable, "-m", "venv", str(folder)], os.environ)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-q", "--no-deps"]
        run_to_install([*pip, "-r", str(requirements)], os.environ)
        (folder / "complete").touch()
    return folder


def cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "cmx-tests" / "cobbler"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
