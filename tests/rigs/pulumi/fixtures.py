"""The option and the fixture of tests/oracle: it starts Pulumi's engine, or says why not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.openstack.plugin_program import install_openstack
from tests.rigs.pulumi.build import ENGINE, built
from tests.rigs.pulumi.cli import pulumi_home
from tests.rigs.pulumi.engine import PulumiEngine
from tests.rigs.starting import CannotStart, refuse


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--histories",
        type=int,
        default=0,
        help="let both engines play so many random histories (tests/oracle)",
    )
    parser.addoption(
        "--seed", type=int, default=0, help="draw other random histories (tests/oracle)"
    )


@pytest.fixture(scope="session")
def pulumi_engine() -> Iterator[PulumiEngine]:
    """Pulumi's engine in a process of its own, one for each worker of pytest-xdist."""
    try:
        program = built(ENGINE)
    except CannotStart as error:
        refuse("pulumi_engine", str(error))
    with PulumiEngine(program) as engine:
        yield engine


@pytest.fixture(scope="session")
def openstack_plugins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of plugins with the real one for OpenStack."""
    folder = tmp_path_factory.mktemp("plugins")
    try:
        install_openstack(folder)
    except CannotStart as error:
        refuse("openstack_plugins", str(error))
    return folder


@pytest.fixture(scope="session")
def pulumi_programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for PATH with the real `pulumi` program and the host of dynamic providers."""
    try:
        return pulumi_home(tmp_path_factory.mktemp("pulumi"))
    except CannotStart as error:
        refuse("pulumi_programs", str(error))
