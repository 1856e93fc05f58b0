"""The fixtures of OpenStack: a cloud for the whole run, and a project for each test."""

from collections.abc import Iterator

import pytest

from tests.rigs.openstack.lab import OpenStackLab, Tenant, shared_lab
from tests.rigs.starting import CannotStart, is_root, refuse


@pytest.fixture(scope="session")
def openstack_lab() -> Iterator[OpenStackLab]:
    """OpenStack for the whole run; the workers of pytest-xdist share it."""
    if not is_root():
        refuse("openstack_lab", "a control plane can only be started by root")
    lab = shared_lab()
    try:
        lab.acquire()
    except CannotStart as error:
        refuse("openstack_lab", str(error))
    else:
        yield OpenStackLab(lab.folder)
    finally:
        lab.release()


@pytest.fixture
def tenant(openstack_lab: OpenStackLab) -> Iterator[Tenant]:
    """An empty project of the cloud."""
    with openstack_lab.tenant() as made:
        yield made
