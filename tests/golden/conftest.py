"""Golden files of plans; `pytest tests/golden --write-golden` renews them."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def same_as_golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with a golden file, or write that anew."""

    def compare(file: Path, text: str) -> None:
        if request.config.getoption("--write-golden"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare
