"""What a control plane needs on this computer: Debian packages, and a Python environment."""

from pathlib import Path

from tests.rigs.debian import install_packages
from tests.rigs.kept import cache_of, environment_with

_HERE = Path(__file__).parent
_DEBIAN = ("mariadb-server", "rabbitmq-server")


def install_servers() -> None:
    """Install the Debian packages that are missing. Errors: CannotStart."""
    install_packages(_DEBIAN)


def environment_of_services() -> Path:
    """Return the environment that the services run in, installed now if it is not there.

    Errors: CannotStart.
    """
    return environment_with(_HERE / "requirements.txt", cache())


def cache() -> Path:
    return cache_of("openstack")
