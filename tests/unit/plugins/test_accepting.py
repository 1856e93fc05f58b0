"""What a plugin understands is sent, what it does not is left out, and marked again."""

from collections.abc import Mapping

import pytest
from google.protobuf.struct_pb2 import Struct
from hypothesis import assume, given

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    UNKNOWN,
    OutputValue,
    Properties,
    Reference,
    Secret,
    Value,
    children,
    has_secret,
    secret_keys,
    without_secrets,
)
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.accepting import (
    EVERYTHING,
    Accepts,
    all_secret,
    received,
    secret_again,
    sent,
)
from cloudmesh_iac.wire.marks import REFERENCE, SECRET, SIGNATURE
from tests.unit.wire.values import PROPERTIES

NOTHING = Accepts()
SECRETS = Accepts(secrets=True)
THING = Urn("urn:pulumi:hello::lab::test:index:Thing::a")


@given(PROPERTIES)
def test_a_plugin_that_knows_everything_loses_nothing(properties: dict[str, Value]) -> None:
    assume(not any(map(has_empty_id, properties.values())))
    assert received(sent(properties, EVERYTHING)) == properties


@given(PROPERTIES)
def test_a_plugin_that_knows_nothing_gets_no_mark(properties: dict[str, Value]) -> None:
    # when
    seen = received(sent(properties, NOTHING))

    # then
    assert not any(has_secret(value) for value in seen.values())
    assert not any(map(has_reference, seen.values()))


@given(PROPERTIES)
def test_what_was_secret_is_so_again(properties: dict[str, Value]) -> None:
    # when
    back = secret_again(received(sent(properties, NOTHING)), properties)

    # then
    assert secret_keys(back) == secret_keys(properties)
    assert without_secrets(back) == received(sent(properties, NOTHING))


@given(PROPERTIES)
def test_one_that_knows_secrets_only_keeps_them(properties: dict[str, Value]) -> None:
    # when
    seen = received(sent(properties, SECRETS))

    # then
    assert secret_keys(seen) == secret_keys(properties)


def has_empty_id(value: Value) -> bool:
    """An empty id means on the wire that it is not known."""
    if isinstance(value, Reference):
        return value.id == ""
    return any(map(has_empty_id, children(value)))


def has_reference(value: Value) -> bool:
    if isinstance(value, Reference):
        return True
    if isinstance(value, tuple):
        return any(map(has_reference, value))
    return isinstance(value, Mapping) and any(map(has_reference, value.values()))


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        (Reference(THING, "a#1"), "a#1"),
        (Reference(THING), THING),
        (Reference(THING, UNKNOWN), UNKNOWN),
        (OutputValue("x", is_secret=True, dependencies=(THING,)), "x"),
        (Secret((Secret("x"), {"y": Secret(1)})), ("x", {"y": 1})),
    ],
)
def test_what_stands_for_a_mark(value: Value, seen: Value) -> None:
    assert received(sent({"it": value}, NOTHING)) == {"it": seen}


@pytest.mark.parametrize(("known", "written"), [("a#1", "a#1"), (UNKNOWN, "")])
def test_a_reference_is_written_in_full(known: Value, written: str) -> None:
    # given
    reference = Reference(THING, known)

    # when
    wire = sent({"it": reference}, EVERYTHING)

    # then
    assert dict(wire.fields["it"].struct_value) == {
        SIGNATURE: REFERENCE,
        "urn": THING,
        "name": "a",
        "type": "test:index:Thing",
        "id": written,
    }
    assert received(wire) == {"it": reference}


def test_an_output_that_is_secret_is_a_secret_where_outputs_are_not_known() -> None:
    output = OutputValue("x", is_secret=True, dependencies=(THING,))
    assert received(sent({"it": output}, SECRETS)) == {"it": Secret("x")}


def test_objects_are_marked_inside_and_lists_as_a_whole() -> None:
    # given
    inputs: Properties = {
        "deep": {"token": Secret("x"), "name": "n"},
        "list": (Secret("x"), "y"),
        "gone": Secret("z"),
        "secret": Secret("s"),
    }
    outputs: Properties = {
        "deep": {"token": "x", "name": "n", "more": 1},
        "list": ("x", "y"),
        "secret": Secret("s"),
        "computed": 1,
    }

    # then
    assert secret_again(outputs, inputs) == {
        "deep": {"token": Secret("x"), "name": "n", "more": 1},
        "list": Secret(("x", "y")),
        "secret": Secret("s"),
        "computed": 1,
    }


def test_everything_can_be_marked() -> None:
    assert all_secret({"a": 1, "b": Secret(2)}) == {"a": Secret(1), "b": Secret(2)}


def test_a_secret_without_a_value_is_nothing_but_secret() -> None:
    # given
    struct = Struct()
    struct.fields["password"].struct_value.fields[SIGNATURE].string_value = SECRET
    inner = struct.fields["list"].list_value.values.add().struct_value.fields["deep"]
    inner.struct_value.fields[SIGNATURE].string_value = SECRET

    # then
    assert received(struct) == {"list": ({"deep": Secret(None)},), "password": Secret(None)}


def test_a_number_that_is_none_is_an_error_of_the_plugin() -> None:
    # given
    struct = Struct()
    struct.fields["size"].number_value = float("nan")

    # then
    with pytest.raises(CmxError, match="it sent a number that is infinite or none at all"):
        received(struct)
