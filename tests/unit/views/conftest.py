"""Golden files: what a view rendered when somebody last looked at it.

`pytest tests/unit/views --write-golden` renews them.
"""

from pathlib import Path

import pytest


@pytest.fixture
def golden_folder() -> Path:
    return Path(__file__).parents[2] / "golden" / "views"
