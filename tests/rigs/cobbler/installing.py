"""What the rig needs on this computer: Debian packages, and a Python environment for Cobbler."""

from pathlib import Path

from tests.rigs.debian import install_packages
from tests.rigs.kept import cache_of, environment_with

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
    return environment_with(_HERE / "requirements.txt", cache())


def cache() -> Path:
    return cache_of("cobbler")
