"""Golden files: what a view rendered when somebody last looked at it."""

from collections.abc import Callable
from pathlib import Path

import pytest

_GOLDEN = Path(__file__).parents[2] / "golden" / "views"


@pytest.fixture
def same_as_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with a golden file; `pytest tests/unit/views --write-golden` renews them."""

    def compare(name: str, text: str) -> None:
        path = _GOLDEN / name
        if request.config.getoption("--write-golden", default=False):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
