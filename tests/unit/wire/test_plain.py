"""Values and JSON."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.values import UNKNOWN, Secret, Value
from cloudmesh_iac.wire.plain import from_json, from_plain, to_json, to_plain
from tests.unit.wire.values import VALUES

KEY = "4dabf18193072939515e22adb298388d"


@given(VALUES)
def test_what_is_written_comes_back(value: Value) -> None:
    assert from_json(to_json(value)) == value


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_kind(number: float) -> None:
    # when
    read = from_json(to_json(number))

    # then
    assert read == number
    assert type(read) is type(number)


@given(VALUES)
def test_the_text_of_what_was_read_is_the_same_again(value: Value) -> None:
    text = to_json(value)
    assert to_json(from_json(text)) == text


def test_a_secret_holds_the_json_text_of_its_value() -> None:
    # when
    plain = to_plain({"password": Secret({"b": 1, "a": UNKNOWN})})

    # then
    assert plain == {
        "password": {
            KEY: "1b47061264138c4ac30d75fd1eb44270",
            "plaintext": '{"a":"04da6b54-80e4-46f7-96ec-b56ff0331ba9","b":1}',
        }
    }


def test_equal_values_have_equal_bytes() -> None:
    assert to_json({"b": (1, None), "a": "é"}) == to_json({"a": "é", "b": (1, None)})
    assert to_json({"b": (1, None), "a": "é"}) == '{"a":"\\u00e9","b":[1,null]}'


def test_a_file_name_that_is_no_text_survives() -> None:
    assert from_json(to_json("a\udcff")) == "a\udcff"


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_neither_written_nor_read(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        to_json({"n": number})
    with pytest.raises(ValueError, match="is no number"):
        from_json(json.dumps(number))


def test_what_json_cannot_hold_is_no_value() -> None:
    with pytest.raises(ValueError, match="set"):
        from_plain({"x": {1, 2}})


def test_a_secret_that_is_still_encrypted_stays_as_it_is() -> None:
    plain = {KEY: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:abc"}
    assert from_plain(plain) == plain
    assert to_plain(from_plain(plain)) == plain
