"""What the SDK is told of a class is what it would find out itself."""

import pulumi
import pytest
from pulumi import _types

from cloudmesh_iac.program import class_types
from cloudmesh_iac.program.class_types import remember_types_of_classes
from cloudmesh_iac.providers.batch.resources import Completion, Submission

_TABLES = class_types._TABLES


@pytest.fixture(autouse=True)
def _own_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the SDK's own functions back afterwards."""
    for name in _TABLES:
        monkeypatch.setattr(_types, name, getattr(_types, name))


@pulumi.output_type
class _Address(dict[str, str]):
    def __init__(self, *, ip: str) -> None:
        pulumi.set(self, "ip", ip)

    @property
    @pulumi.getter(name="ipAddress")
    def ip(self) -> str:
        return str(pulumi.get(self, "ip"))


def test_each_class_has_its_own_types() -> None:
    # given
    own = {one: _types.resource_types(one) for one in (Submission, Completion)}

    # when
    remember_types_of_classes()

    # then: asked twice, for the second answer is the one that is kept
    for _ in range(2):
        assert {one: _types.resource_types(one) for one in own} == own
        assert _types.output_type_types(_Address) == {"ipAddress": str}
    assert own[Submission] != own[Completion]


def test_a_class_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    asked: list[type] = []

    def looked_at(one: type) -> dict[str, type]:
        asked.append(one)
        return {}

    monkeypatch.setattr(_types, "resource_types", looked_at)

    # when
    remember_types_of_classes()
    remember_types_of_classes()
    for one in (Submission, Submission, Completion, Submission):
        _types.resource_types(one)

    # then
    assert asked == [Submission, Completion]


def test_an_sdk_without_a_table_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.delattr(_types, "input_type_types")

    # when
    remember_types_of_classes()

    # then
    assert not hasattr(_types, "input_type_types")


def test_this_sdk_has_every_table() -> None:
    assert [name for name in _TABLES if not hasattr(_types, name)] == []
