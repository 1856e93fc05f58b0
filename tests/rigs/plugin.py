"""The fixtures that start real servers, and the marks of the tests that use them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.rigs.cobbler.fixtures import cobbler_lab, cobbler_server  # noqa: F401 - pytest's
from tests.rigs.openstack.fixtures import openstack_lab, tenant  # noqa: F401 - pytest's
from tests.rigs.pulumi.fixtures import (  # noqa: F401 - pytest's
    openstack_plugins,
    pulumi_engine,
    pulumi_programs,
    pytest_addoption,
)
from tests.rigs.sharing import Shared
from tests.rigs.slurm.cluster import SlurmCluster, shared_cluster, shared_strict_cluster
from tests.rigs.starting import CannotStart, is_root, refuse
from tests.rigs.unprivileged import Installation, Unprivileged, a_user, installed

_RIGS = {
    "slurm": "slurm",
    "strict_slurm": "slurm",
    "pulumi_programs": "pulumi",
    "openstack_plugins": "pulumi",
    "openstack_lab": "openstack",
    "openstack": "openstack",
    "cobbler_server": "cobbler",
    "cobbler": "cobbler",
}  # fixtures, and the marks of their tests
_FIRST_START_S = 1800  # the first test of a rig may have to install its packages, or compile


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "slow: takes a minute or more")


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        for rig, mark in _RIGS.items():
            if rig in _used_by(item):
                item.add_marker(mark)
                if item.get_closest_marker("timeout") is None:
                    item.add_marker(pytest.mark.timeout(_FIRST_START_S))


def _used_by(item: pytest.Item) -> set[str]:
    """Return the fixtures of a test, and its parameters: they may name a rig that it asks for."""
    parameters: str = getattr(getattr(item, "callspec", None), "id", "")
    return {*getattr(item, "fixturenames", ()), *parameters.split("-")}


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    """A Slurm cluster for the whole run; the workers of pytest-xdist share it."""
    with running(shared_cluster()) as folder:
        yield SlurmCluster(folder)


@pytest.fixture(scope="session")
def strict_slurm() -> Iterator[SlurmCluster]:
    """A second cluster, with the rules of a busy site."""
    with running(shared_strict_cluster()) as folder:
        yield SlurmCluster(folder, is_strict=True)


@contextmanager
def running(cluster: Shared) -> Iterator[Path]:
    """Use a server as long as the block lasts; give its folder."""
    if not is_root():
        refuse("slurm", "a cluster can only be started by root")
    try:
        cluster.acquire()
    except CannotStart as error:
        refuse("slurm", str(error))
    else:
        yield cluster.folder
    finally:
        cluster.release()


@pytest.fixture(scope="session")
def installation() -> Iterator[Installation]:
    try:
        with installed() as found:
            yield found
    except CannotStart as error:
        refuse("unprivileged", str(error))


@pytest.fixture
def unprivileged(installation: Installation) -> Unprivileged:
    """An ordinary user with an installation of the project and an empty home."""
    return a_user(installation)
