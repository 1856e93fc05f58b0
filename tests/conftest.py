"""What holds for all tests."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.rigs.plugin"]

# A loaded machine is no failure: how fast something is, is measured in tests/bench.
settings.register_profile("calm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("calm")


def pytest_configure() -> None:
    """Where bytecode is not kept, each interpreter that a test starts compiles all modules."""
    pytest.MonkeyPatch().delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    sys.dont_write_bytecode = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-golden", action="store_true", help="write the golden files anew")


@pytest.fixture
def same_as_golden(
    request: pytest.FixtureRequest, golden_folder: Path
) -> Callable[[str, str], None]:
    """Compare a text with a golden file; with `--write-golden` write that anew."""

    def compare(name: str, text: str) -> None:
        file = golden_folder / name
        if request.config.getoption("--write-golden"):
            file.write_text(text, encoding="utf-8")
        assert text == file.read_text(encoding="utf-8")

    return compare
