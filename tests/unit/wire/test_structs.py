"""Values and protobuf Structs."""

import json
import math

import pytest
from google.protobuf.json_format import Parse
from google.protobuf.struct_pb2 import Struct
from hypothesis import given

from cloudmesh_iac.core.urns import Urn
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
from cloudmesh_iac.errors import ExperimentError
from cloudmesh_iac.wire.marks import UNKNOWNS
from cloudmesh_iac.wire.structs import from_struct, to_struct
from tests.unit.wire.values import PROPERTIES

KEY = "4dabf18193072939515e22adb298388d"


def a_struct(fields: dict[str, object]) -> Struct:
    """Return a Struct as protobuf's own JSON reader makes it."""
    return Parse(json.dumps(fields), Struct())


@given(PROPERTIES)
def test_what_goes_out_comes_back(properties: dict[str, Value]) -> None:
    sent = to_struct(properties).SerializeToString()
    assert from_struct(Struct.FromString(sent)) == properties


def test_whole_numbers_arrive_as_integers_as_long_as_they_are_exact() -> None:
    # when
    read = from_struct(a_struct({"a": 4.0, "b": 4.5, "c": 2.0**53, "d": 2.0**60, "e": -0.0}))

    # then
    assert read == {"a": 4, "b": 4.5, "c": 2**53, "d": 2.0**60, "e": 0}
    assert {key: type(value) for key, value in read.items()} == {
        "a": int,
        "b": float,
        "c": int,
        "d": float,
        "e": int,
    }


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    # given
    struct = Struct()
    struct.update({"n": number})

    # when
    with pytest.raises(ExperimentError) as refused:
        from_struct(struct)

    # then
    assert str(number) in refused.value.message


def test_keys_arrive_sorted_and_lists_as_tuples() -> None:
    # when
    read = from_struct(a_struct({"z": [1, [2]], "a": {"y": 1, "b": None}, "m": []}))

    # then
    assert list(read) == ["a", "m", "z"]
    assert read == {"a": {"b": None, "y": 1}, "m": (), "z": (1, (2,))}


@pytest.mark.parametrize("sentinel", sorted(UNKNOWNS))
def test_every_sentinel_is_an_unknown(sentinel: str) -> None:
    assert from_struct(a_struct({"x": sentinel})) == {"x": UNKNOWN}


def test_an_unknown_is_sent_as_the_sentinel_that_the_sdk_knows() -> None:
    assert dict(to_struct({"x": UNKNOWN})) == {"x": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}


def test_marks_are_the_ones_of_pulumi() -> None:
    # given
    urn = Urn("urn:pulumi:hello::lab::cmx:index:Thing::head")
    text = Asset(AssetKind.TEXT, "hi", "ab12")
    properties: dict[str, Value] = {
        "secret": Secret("hunter2"),
        "hidden": Secret(UNKNOWN),
        "output": OutputValue(4, is_secret=True, dependencies=(urn,)),
        "later": OutputValue(UNKNOWN, is_secret=False, dependencies=()),
        "thing": Reference(urn, "i-1"),
        "group": Reference(urn),
        "asset": text,
        "folder": Archive(AssetKind.PATH, "./data"),
        "files": Archive(None, "", (("a", text),)),
    }
    sent = a_struct(
        {
            "secret": {KEY: "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"},
            "hidden": {
                KEY: "1b47061264138c4ac30d75fd1eb44270",
                "value": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
            },
            "output": {
                KEY: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
                "value": 4,
                "secret": True,
                "dependencies": [urn],
            },
            "later": {
                KEY: "d0e6a833031e9bbcd3f4e8bde6ca49a4",
                "secret": False,
                "dependencies": [],
            },
            "thing": {KEY: "5cf8f73096256a8f31e491e813e4eb8e", "urn": urn, "id": "i-1"},
            "group": {KEY: "5cf8f73096256a8f31e491e813e4eb8e", "urn": urn},
            "asset": {KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "hi", "hash": "ab12"},
            "folder": {KEY: "0def7320c3a5731c473e5ecbe6d01bc7", "path": "./data"},
            "files": {
                KEY: "0def7320c3a5731c473e5ecbe6d01bc7",
                "assets": {
                    "a": {KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "hi", "hash": "ab12"}
                },
            },
        }
    )

    # then
    assert to_struct(properties) == sent
    assert from_struct(sent) == properties


def test_an_output_without_a_value_is_unknown() -> None:
    read = from_struct(a_struct({"x": {KEY: "d0e6a833031e9bbcd3f4e8bde6ca49a4"}}))
    assert read == {"x": OutputValue(UNKNOWN, is_secret=False, dependencies=())}


@pytest.mark.parametrize(
    "fields",
    [
        {KEY: "of a later version", "value": 1},
        {KEY: "5cf8f73096256a8f31e491e813e4eb8e"},
        {KEY: 3},
    ],
)
def test_a_mark_that_cannot_be_read_is_left_as_it_is(fields: dict[str, Value]) -> None:
    assert from_struct(a_struct({"x": fields})) == {"x": fields}


def test_empty_marks_are_read() -> None:
    # when
    read = from_struct(
        a_struct(
            {
                "asset": {KEY: "c44067f5952c0a294b673a41bacd8c17"},
                "archive": {KEY: "0def7320c3a5731c473e5ecbe6d01bc7"},
            }
        )
    )

    # then
    assert read == {"asset": Asset(AssetKind.TEXT, ""), "archive": Archive(None, "")}


def test_who_did_not_ask_for_marks_gets_bare_values() -> None:
    # given
    properties: dict[str, Value] = {
        "a": Secret("hunter2"),
        "b": ({"c": Secret(UNKNOWN)},),
        "d": OutputValue(4, is_secret=True, dependencies=()),
    }

    # when
    sent = to_struct(properties, keep_secrets=False)

    # then
    assert from_struct(sent) == {"a": "hunter2", "b": ({"c": UNKNOWN},), "d": 4}
