"""What the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cli import Cmx, a_project


@pytest.fixture
def cmx(tmp_path: Path) -> Iterator[Cmx]:
    """An empty project and `cmx` to run on it."""
    with a_project(tmp_path) as project:
        yield project
