"""One zygote for the tests of a worker."""

from collections.abc import Iterator, Sequence

import pytest

from tests.crash.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote() as started:
        yield started


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Hundreds of runs take their time on a busy computer."""
    for item in items:
        if "zygote" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(900))
