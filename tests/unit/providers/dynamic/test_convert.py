"""Values on their way to a handler and back."""

import enum
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.output import Unknown as SdkUnknown

from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Reference,
    Secret,
    Value,
)
from cloudmesh_iac.providers.dynamic.convert import (
    marked_again,
    to_properties,
    to_python,
    to_value,
)
from tests.builders import a_urn

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(plain)
def test_plain_values_come_back_as_they_were(value: Value) -> None:
    assert to_value(to_python(value)) == value


@pytest.mark.parametrize(
    "value",
    [
        Asset(AssetKind.TEXT, "hello"),
        Asset(AssetKind.PATH, "a.txt"),
        Asset(AssetKind.URI, "https://example.org/a"),
        Archive(AssetKind.PATH, "folder"),
        Archive(AssetKind.URI, "https://example.org/a.tgz"),
        Archive(None, "", (("a", Asset(AssetKind.TEXT, "x")), ("b", Archive(None, "")))),
        UNKNOWN,
        {"deep": (UNKNOWN, {"a": Asset(AssetKind.TEXT, "")})},
    ],
)
def test_assets_and_unknowns_come_back_as_they_were(value: Value) -> None:
    assert to_value(to_python(value)) == value


def test_a_handler_sees_no_marks() -> None:
    # given
    urn = a_urn()
    value: Value = {
        "secret": Secret("hunter2"),
        "deep": (Secret({"a": Secret(1)}),),
        "output": OutputValue("x", is_secret=True, dependencies=(urn,)),
        "custom": Reference(urn, "i-1"),
        "component": Reference(urn),
    }

    # then
    assert to_python(value) == {
        "secret": "hunter2",
        "deep": [{"a": 1}],
        "output": "x",
        "custom": "i-1",
        "component": str(urn),
    }


def test_each_unknown_is_one_of_its_own() -> None:
    found = to_python({"a": UNKNOWN, "b": (Secret(UNKNOWN),)})
    assert isinstance(found["a"], SdkUnknown)
    assert isinstance(found["b"][0], SdkUnknown)
    assert found["a"] is not found["b"][0]


def test_nothing_at_the_top_is_left_out() -> None:
    assert to_properties({"a": None, "b": [None], 3: "c"}) == {"b": (None,), "3": "c"}  # type: ignore[dict-item] # handlers do
    assert to_properties(None) == {}


class Size(enum.IntEnum):
    BIG = 4


class Color(str, enum.Enum):  # noqa: UP042 - the kind whose str() is not its value
    RED = "red"


class Half(float):
    pass


@pytest.mark.parametrize(("value", "stored"), [(Size.BIG, 4), (Color.RED, "red"), (Half(0.5), 0.5)])
def test_a_member_of_an_enum_is_stored_as_what_it_stands_for(value: Any, stored: Value) -> None:
    found = to_value(value)
    assert found == stored
    assert type(found) is type(stored)


class OddAsset(pulumi.Asset):
    pass


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        (object(), "object"),
        ([{"deep": b""}], "bytes"),
        (float("nan"), "nan"),
        ([float("inf")], "inf"),
        (OddAsset(), "OddAsset"),
    ],
)
def test_what_cannot_be_stored_is_refused_by_its_type(value: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        to_value(value)


def test_an_output_is_as_secret_as_the_input_of_its_name() -> None:
    # given
    inputs: dict[str, Value] = {"a": Secret("x"), "b": {"c": Secret("y")}, "d": "z"}

    # when
    outputs = marked_again({"a": "x", "b": {"c": "y"}, "d": "z", "e": 1}, inputs)

    # then
    assert outputs == {"a": Secret("x"), "b": Secret({"c": "y"}), "d": "z", "e": 1}
    assert marked_again({"a": Secret("x")}, inputs) == {"a": Secret("x")}


def test_an_asset_that_a_handler_hands_on_keeps_its_digest() -> None:
    # given
    file = Asset(AssetKind.PATH, "in.txt", "1")
    archive = Archive(None, "", (("a", file), ("b", Asset(AssetKind.TEXT, "b", "2"))), "3")
    inputs: dict[str, Value] = {"source": Secret(file), "deep": ({"all": archive},)}
    other = Asset(AssetKind.PATH, "made.txt")

    # when
    seen = to_python(inputs)
    returned = to_properties({**seen, "copy": [seen["source"]], "made": to_python(other)})

    # then
    assert returned["source"] == Asset(AssetKind.PATH, "in.txt")
    assert marked_again(returned, inputs) == {**inputs, "copy": (file,), "made": other}
