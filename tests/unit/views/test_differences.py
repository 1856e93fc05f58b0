"""What differs inside one field, as people read it."""

import pytest

from cloudmesh_iac.core.values import Value
from cloudmesh_iac.views.values_text import Difference, differences


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
