from collections.abc import Iterator
from pathlib import Path

import pytest

from cloudmesh_iac.core.chain import flaws_of
from cloudmesh_iac.core.invariants import broken_invariants
from tests.builders import STACK
from tests.lifecycle.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world whose state is whole afterwards, whatever a test has done to it."""
    made = World(tmp_path)
    yield made
    assert broken_invariants(made.snapshot()) == ()
    assert flaws_of(made.store.chain(STACK)) == ()
