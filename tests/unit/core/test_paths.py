"""Paths into properties are read and obeyed as Pulumi does."""

import pytest

from cloudmesh_iac.core.paths import contains, parse_path, with_old_at
from cloudmesh_iac.core.values import Properties, Secret


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a", ("a",)),
        ("a.b", ("a", "b")),
        ("a[0]", ("a", 0)),
        ("a[0].b", ("a", 0, "b")),
        ("[3]", (3,)),
        ("a[*].b", ("a", "*", "b")),
        ("a.*", ("a", "*")),
        ("*", ("*",)),
        ('m["x.y"].z', ("m", "x.y", "z")),
        ('["say \\"hi\\""]', ('say "hi"',)),
    ],
)
def test_a_path_is_read(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


@pytest.mark.parametrize("text", ["", "a..b", "a[", "a[x]", 'a["b', 'a["b"', "."])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse_path(text)


@pytest.mark.parametrize(
    ("path", "other", "inside"),
    [
        ("a", "a", True),
        ("a", "a.b", True),
        ("a.b", "a", False),
        ("*", "a.b", True),
        ("a[*].c", "a[2].c", True),
        ("a[1].c", "a[2].c", False),
    ],
)
def test_a_path_names_what_lies_below_it(path: str, other: str, *, inside: bool) -> None:
    assert contains(parse_path(path), parse_path(other)) is inside


@pytest.mark.parametrize(
    ("path", "old", "new", "found"),
    [
        ("a", {"a": 1}, {"a": 2, "b": 3}, {"a": 1, "b": 3}),
        ("a", {}, {"a": 2}, {}),
        ("a", {"a": 1}, {}, {"a": 1}),
        ("a.b", {"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, {"a": {"b": 1, "c": 3}}),
        ("a.b", {"a": {"b": 1}}, {}, {}),
        ("a.b", {}, {"a": {"b": 2}}, {"a": {"b": 2}}),
        ("a.b", {"a": 1}, {"a": {"b": 2}}, {"a": {}}),
        ("a.b", {"a": {"b": 1}}, {"a": 2}, {"a": 2}),
        ("a[1]", {"a": (1, 2)}, {"a": (3, 4, 5)}, {"a": (3, 2, 5)}),
        ("a[1].b", {"a": ({}, {"b": 1})}, {"a": ({}, {"b": 2})}, {"a": ({}, {"b": 1})}),
        ("a[4]", {"a": (1,)}, {"a": (2,)}, {"a": (2,)}),
        ("a[0]", {"a": 1}, {"a": (2,)}, {"a": (2,)}),
        ("*", {"a": 1}, {"a": 2, "b": 3}, {"a": 1}),
        ("a.*", {"a": (1, 2)}, {"a": (3, 4, 5)}, {"a": (1, 2, 5)}),
        ("a.*", {"a": 1}, {"a": (3,)}, {"a": (3,)}),
        ("a[*].b", {"a": ({"b": 1},)}, {"a": ({"b": 2}, {"b": 3})}, {"a": ({"b": 1}, {"b": 3})}),
        ("a.*.b", {"a": {"x": {"b": 1}}}, {"a": {"x": {"b": 2}, "y": {"b": 3}}},
         {"a": {"x": {"b": 1}, "y": {"b": 3}}}),
    ],
)  # fmt: skip
def test_the_old_value_comes_back_where_the_path_leads(
    *, path: str, old: Properties, new: Properties, found: Properties
) -> None:
    assert with_old_at(parse_path(path), old, new) == found


def test_secrets_are_looked_into_and_stay_secret() -> None:
    old: Properties = {"a": Secret({"b": 1})}
    new: Properties = {"a": Secret({"b": 2, "c": 3})}
    assert with_old_at(parse_path("a.b"), old, new) == {"a": Secret({"b": 1, "c": 3})}


def test_a_value_that_was_secret_comes_back_secret() -> None:
    old: Properties = {"a": Secret({"b": 1})}
    new: Properties = {"a": {"b": 2}}
    assert with_old_at(parse_path("a.b"), old, new) == {"a": Secret({"b": 1})}
