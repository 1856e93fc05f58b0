"""What differs inside one field, as people read it."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.values import Archive, Asset, AssetKind, OutputValue, Secret, Value
from cloudmesh_iac.views.differences import Difference, differences
from cloudmesh_iac.views.hiding import Shown, shown
from cloudmesh_iac.views.values_json import json_value


def told(old: Value, new: Value) -> list[tuple[str, str, str]]:
    return [(one.key, one.old, one.new) for one in differences("field", old, new)]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"0": "a", "1": "b"}, {"0": "a", "1": "c"}, [("field[1]", "b", "c")]),
        ({"x": {"y": 1}}, {"x": {"y": 2}}, [("field.x.y", "1", "2")]),
        (("a", "b"), ("a", "c"), [("field[1]", "b", "c")]),
        (({"v": 1},), ({"v": 2},), [("field[0].v", "1", "2")]),
    ],
)
def test_a_place_is_named_as_in_a_path(
    old: Value, new: Value, expected: list[tuple[str, str, str]]
) -> None:
    assert told(old, new) == expected


def test_of_a_list_that_grew_only_what_came_and_went_is_told() -> None:
    old, new = ("a", "b", "c"), ("x", "a", "c", "d")
    assert list(differences("field", old, new)) == [
        Difference("field", lines=("- b", "+ x", "+ d"))
    ]


FILE, ADDRESS = Asset(AssetKind.PATH, "in.txt", "1"), Asset(AssetKind.URI, "https://lab.org/in")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (FILE, replace(FILE, sha256="2"), "the file in.txt has changed"),
        (
            Archive(AssetKind.PATH, "site", sha256="1"),
            Archive(AssetKind.PATH, "site", sha256="2"),
            "what is in site has changed",
        ),
        (ADDRESS, replace(ADDRESS, sha256="2"), "what stands at https://lab.org/in has changed"),
    ],
)
def test_a_changed_file_is_said_in_words(old: Value, new: Value, words: str) -> None:
    assert list(differences("field", old, new)) == [Difference("field", words=words)]


def test_a_changed_text_is_shown_like_any_other() -> None:
    old, new = (Asset(AssetKind.TEXT, f"same\n{word}\n", word) for word in ("a", "b"))
    assert list(differences("field", old, new)) == [
        Difference("field", lines=("  same", "- a", "+ b"))
    ]


def test_of_an_archive_each_member_that_differs_is_named() -> None:
    # given
    text = Asset(AssetKind.TEXT, "x", "3")
    old = Archive(None, "", (("a", FILE), ("gone", text), ("same", text)), "1")
    new = Archive(None, "", (("a", replace(FILE, sha256="2")), ("new", text), ("same", text)), "2")

    # when
    found = {one.key: one.words or (one.old, one.new) for one in differences("field", old, new)}

    # then
    assert found == {
        "field.a": "the file in.txt has changed",
        "field.new": ("(not set)", "text of 1 lines"),
        "field.gone": ("text of 1 lines", "(not set)"),
    }


def test_another_kind_of_asset_is_shown_with_both() -> None:
    text, folder = Asset(AssetKind.TEXT, "x", "2"), Archive(AssetKind.PATH, "in.txt", sha256="3")
    assert told(FILE, text) == [("field", "in.txt", "text of 1 lines")]
    assert told(FILE, folder) == [("field", "in.txt", "in.txt")]


@pytest.mark.parametrize(
    ("hides", "expected", "hidden"),
    [
        (("deep",), [], ["deep"]),
        (("deep.list[*]",), [("deep.script", "a", "b")], ["deep.list[*]"]),
        (("deep.script",), [("deep.list[1]", "2", "3")], ["deep.script"]),
        (("deep.script", "deep.list[1]"), [], ["deep.list[1]", "deep.script"]),
        (("other", "deep.gone"), [("deep.list[1]", "2", "3"), ("deep.script", "a", "b")], []),
    ],
)
def test_what_a_program_hides_is_named_and_not_shown(
    hides: tuple[str, ...], expected: list[tuple[str, str, str]], hidden: list[str]
) -> None:
    # given
    old: Value = {"list": (1, 2), "script": "a"}
    new: Value = {"list": (1, 3), "script": "b"}

    # when
    seen = shown(Reason(Cause.FIELD, "deep", old, new, hides=hides))

    # then
    found = [(one.key, one.old, one.new) for one in differences("deep", *both(seen))]
    assert (sorted(found), sorted(seen.hidden)) == (expected, hidden)


def test_a_hidden_secret_and_a_list_that_grew_are_hidden_too() -> None:
    # given
    old: Value = {
        "secret": Secret({"pw": "a"}),
        "from": OutputValue("x", is_secret=False, dependencies=()),
        "list": (1,),
    }
    new: Value = {
        "secret": Secret({"pw": "b"}),
        "from": OutputValue("y", is_secret=False, dependencies=()),
        "list": (),
    }

    # when
    seen = shown(Reason(Cause.FIELD, "f", old, new, hides=("f.secret.pw", "f.list[*]", "f.from")))

    # then
    assert set(seen.hidden) == {"f.secret.pw", "f.list[*]", "f.from"}
    assert json_value(seen.reason.old) == {
        "secret": {"secret": True},
        "from": {"hidden": True},
        "list": [{"hidden": True}],
    }


def both(seen: Shown) -> tuple[Value, Value]:
    return seen.reason.old, seen.reason.new


def test_items_that_have_names_are_compared_by_them() -> None:
    # given
    old: Value = ({"name": "ssh", "port": 22}, {"name": "web", "port": 80})
    new: Value = ({"port": 53.0, "name": "dns"}, {"port": 2222, "name": "ssh"})

    # then
    assert told(old, new) == [
        ("field[name=dns]", "(not set)", "{name: dns, port: 53}"),
        ("field[name=ssh].port", "22", "2222"),
        ("field[name=web]", "{name: web, port: 80}", "(not set)"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (("a", "b"), ("b", "a"), "the order of its 2 items changes"),
        (
            ({"id": "x"}, {"id": "y"}),
            ({"id": "y"}, {"id": "x"}),
            "the order of its 2 items changes",
        ),
        ("a\nb", "a\nb\n", "only its line breaks change"),
    ],
)
def test_what_only_stands_otherwise_is_said_in_words(old: Value, new: Value, words: str) -> None:
    assert list(differences("field", old, new)) == [Difference("field", words=words)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"a": 4, "b": (1, 2)}, {"b": (1.0, 2.0), "a": 4.0}),
        (({"name": "x", "n": 4},), ({"n": 4.0, "name": "x"},)),
    ],
)
def test_noise_is_no_difference(old: Value, new: Value) -> None:
    assert list(differences("field", old, new)) == []


def test_secrets_in_lists_are_told_by_their_place_alone() -> None:
    # given
    old: Value = ({"name": "ann", "key": Secret("canary-1")}, Secret("canary-2"))
    new: Value = ({"name": "ann", "key": Secret("canary-3")}, Secret("canary-4"))

    # then
    found = told(old, new)
    assert [key for key, _, _ in found] == ["field[0].key", "field[1]"]
    assert "canary" not in str(found)
