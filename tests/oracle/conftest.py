import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that asks for Pulumi's engine needs it, and the first one may have to build it."""
    for item in items:
        if "pulumi_engine" in getattr(item, "fixturenames", ()):
            item.add_marker("pulumi")
            item.add_marker(pytest.mark.timeout(1800))
