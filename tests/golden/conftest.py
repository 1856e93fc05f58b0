"""Golden files of plans; `pytest tests/golden --write-golden` renews them."""

from pathlib import Path

import pytest


@pytest.fixture
def golden_folder() -> Path:
    return Path(__file__).parent / "plans"
