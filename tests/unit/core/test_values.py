"""Comparing values, and taking marks off them."""

import pytest
from hypothesis import given

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Properties,
    Reference,
    Secret,
    Unknown,
    Value,
    changed_keys,
    children,
    distinct,
    has_secret,
    has_unknown,
    is_identical,
    is_same,
    marked,
    without_secrets,
)
from tests.unit.wire.values import PROPERTIES, VALUES

URN = Urn("urn:pulumi:hello::lab::cmx:index:Thing::head")
A_FILE, A_FOLDER = Asset(AssetKind.PATH, "in.txt"), Archive(AssetKind.PATH, "a", sha256="1")


@given(VALUES)
def test_a_value_is_the_same_as_itself_with_and_without_marks(value: Value) -> None:
    assert is_same(value, value)
    assert is_same(value, without_secrets(value))
    assert is_same(Secret(value), value)


@given(VALUES, VALUES)
def test_comparing_does_not_depend_on_the_side(left: Value, right: Value) -> None:
    assert is_same(left, right) == is_same(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (4, 4.0),
        ((1, 2.0), (1.0, 2)),
        ({"a": 1, "b": None}, {"b": None, "a": 1.0}),
        (Secret("x"), OutputValue("x", is_secret=False, dependencies=(URN,))),
        ({"a": (Secret("x"),)}, {"a": ("x",)}),
        (UNKNOWN, Unknown()),
        (Reference(URN, "1"), Reference(URN, "1")),
        (Asset(AssetKind.TEXT, "one", "1"), Asset(AssetKind.PATH, "in.txt", "1")),
        (Asset(AssetKind.PATH, "in.txt", "1"), Asset(AssetKind.PATH, "in.txt")),
        (A_FOLDER, Archive(AssetKind.PATH, "b", sha256="1")),
        (Archive(None, "", (("a", A_FILE),)), Archive(None, "", (("a", A_FILE),), "1")),
        (Secret(A_FILE), A_FILE),
    ],
)
def test_what_is_meant_the_same_is_the_same(left: Value, right: Value) -> None:
    assert is_same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (True, 1),
        (False, 0),
        (False, None),
        ("4", 4),
        ("", None),
        ((), {}),
        ((1, 2), (2, 1)),
        ((1,), (1, None)),
        ({"a": 1}, {"a": 1, "b": None}),
        ({"a": True}, {"a": 1}),
        (UNKNOWN, "x"),
        (Reference(URN, "1"), Reference(URN, "2")),
        (Asset(AssetKind.TEXT, "a"), Asset(AssetKind.PATH, "a")),
        (Asset(AssetKind.PATH, "in.txt", "1"), Asset(AssetKind.PATH, "in.txt", "2")),
        (Asset(AssetKind.PATH, "in.txt", "1"), Asset(AssetKind.PATH, "b.txt")),
        (Asset(AssetKind.PATH, "a", "1"), A_FOLDER),
        (A_FOLDER, Archive(AssetKind.PATH, "b")),
        (Archive(None, "", (("a", A_FILE),)), Archive(None, "", (("b", A_FILE),))),
        (Archive(None, "", (("a", A_FILE),)), Archive(None, "", (("a", A_FOLDER),))),
    ],
)
def test_what_differs_is_not_the_same(left: Value, right: Value) -> None:
    assert not is_same(left, right)


@given(PROPERTIES)
def test_nothing_has_changed_between_equal_properties(properties: dict[str, Value]) -> None:
    backwards = dict(reversed(properties.items()))
    assert changed_keys(properties, backwards) == ()


@given(PROPERTIES, PROPERTIES)
def test_every_changed_key_is_one_of_theirs_and_stands_once(
    old: dict[str, Value], new: dict[str, Value]
) -> None:
    keys = changed_keys(old, new)
    assert len(set(keys)) == len(keys)
    assert set(keys) <= set(old) | set(new)
    assert set(keys) == set(changed_keys(new, old))


def test_changed_keys_stand_in_the_order_of_the_new_ones_and_gone_ones_last() -> None:
    # given
    old: dict[str, Value] = {"gone": 1, "kept": 4, "a": 1, "none": None}
    new: dict[str, Value] = {"z": 1, "a": 2, "kept": 4.0, "empty": None}

    # then
    assert changed_keys(old, new) == ("z", "a", "gone")


@given(VALUES)
def test_no_secret_is_left_when_the_marks_are_off(value: Value) -> None:
    bare = without_secrets(value)
    assert not has_secret(bare)
    assert has_unknown(bare) == has_unknown(value)
    assert without_secrets(bare) == bare


def test_marks_are_found_at_any_depth() -> None:
    assert has_secret({"a": ({"b": Secret(1)},)})
    assert has_secret(OutputValue(1, is_secret=True, dependencies=()))
    assert not has_secret(OutputValue(1, is_secret=False, dependencies=()))
    assert has_unknown({"a": (Secret(UNKNOWN),)})
    assert has_unknown(Reference(URN, UNKNOWN))
    assert not has_unknown({"a": (Reference(URN), 1, "x", None)})


def test_the_children_of_a_value_are_what_is_directly_inside() -> None:
    assert list(children((1, (2,)))) == [1, (2,)]
    assert list(children({"a": 1})) == [1]
    assert list(children(Secret("x"))) == ["x"]
    assert list(children("text")) == []


def test_a_secret_does_not_show_itself() -> None:
    assert repr({"password": Secret("hunter2")}) == "{'password': Secret(...)}"


def test_distinct_keys_keep_their_first_place() -> None:
    assert distinct(["b", "a", "b", "c", "a"]) == ("b", "a", "c")


def test_outputs_are_marked_once() -> None:
    outputs: Properties = {"word": "hush", "known": Secret("x"), "size": 1}
    assert marked(outputs, ("word", "known", "missing")) == {
        "word": Secret("hush"),
        "known": Secret("x"),
        "size": 1,
    }


@given(VALUES)
def test_a_value_is_identical_to_itself_and_not_to_its_secret(value: Value) -> None:
    assert is_identical(value, value)
    assert not is_identical({"a": (without_secrets(value),)}, {"a": (Secret(value),)})


def test_the_place_of_a_secret_counts() -> None:
    assert not is_identical((Secret(1), 1), (1, Secret(1)))
    assert is_identical({"a": Secret(1), "b": 2}, {"b": 2.0, "a": Secret(1.0)})
