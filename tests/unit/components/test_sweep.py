"""Points of a sweep: their order, their names, and what cannot be one."""

import itertools
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.components.points import AxisValue, Point, Shape, expand
from cloudmesh_iac.errors import ExperimentError

axis_values = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
Axes: TypeAlias = dict[str, Sequence[AxisValue]]
all_axes = st.dictionaries(
    st.text(min_size=1).filter(lambda axis: axis != "repeat"),
    st.lists(
        axis_values | st.text(), min_size=1, max_size=3, unique_by=lambda value: str(value).lower()
    ),
    max_size=3,
)


def test_the_last_axis_moves_fastest_and_repeats_fastest_of_all() -> None:
    points = expand("pi", {"n": [1, 2], "xfer": ["1m", "4m"]}, repeats=2)
    assert [point.name for point in points] == [
        "pi/n=1,xfer=1m,repeat=1",
        "pi/n=1,xfer=1m,repeat=2",
        "pi/n=1,xfer=4m,repeat=1",
        "pi/n=1,xfer=4m,repeat=2",
        "pi/n=2,xfer=1m,repeat=1",
        "pi/n=2,xfer=1m,repeat=2",
        "pi/n=2,xfer=4m,repeat=1",
        "pi/n=2,xfer=4m,repeat=2",
    ]
    assert dict(points[3]) == {"n": 1, "xfer": "4m", "repeat": 2}


def test_axes_keep_their_declared_order() -> None:
    assert [point.name for point in expand("s", {"z": [1], "a": [2]})] == ["s/z=1,a=2"]


def test_without_axes_there_is_one_point_with_the_sweeps_name() -> None:
    assert expand("pi", {}) == (Point("pi", {}),)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("a/b", "a%2Fb"),
        ("a,b", "a%2Cb"),
        ("50%", "50%25"),
        ("%2F", "%252F"),
        ("k=v", "k=v"),
        ("", ""),
        (True, "true"),
        (0.5, "0.5"),
        (-1, "-1"),
        ("é ü", "é ü"),
    ],
)
def test_a_value_stands_in_the_name_so_that_it_can_be_told_apart(
    value: AxisValue, written: str
) -> None:
    [point] = expand("s", {"x": [value]})
    assert point.name == f"s/x={written}"
    assert point["x"] == value


@given(axes=all_axes, repeats=st.none() | st.integers(1, 3))
def test_every_point_has_a_name_of_its_own_and_one_level_of_folders(
    axes: dict[str, list[AxisValue]], repeats: int | None
) -> None:
    axes = {axis.replace("/", "-"): values for axis, values in axes.items()}
    points = expand("s", axes, repeats)
    shape = [len(values) for values in axes.values()] + ([repeats] if repeats else [])
    count = 1
    for length in shape:
        count *= length
    assert len({point.name for point in points}) == len(points) == count
    assert all(point.name.count("/") == (1 if shape else 0) for point in points)
    assert [tuple(point[axis] for axis in axes) for point in points][:: repeats or 1] == list(
        itertools.product(*axes.values())
    )


def test_everything_that_is_wrong_with_the_axes_is_said_at_once() -> None:
    # given
    axes: dict[str, Any] = {
        "text": "abc",
        "empty": [],
        "set": {1, 2},
        "generator": (n for n in [1, 2]),
        "number": 4,
        "twice": [1, 2, 1, "1"],
        "alike": [True, "true"],
        "nested": [[1]],
        "nan": [1.0, float("nan")],
        "repeat": [1],
    }

    # when
    with pytest.raises(ExperimentError) as refused:
        expand("s", axes, repeats=0)

    # then
    assert refused.value.message == (
        "sweep 's': axis 'text' is of type str, not a list of values; axis 'empty' is empty; "
        "axis 'set' is of type set, not a list of values; "
        "axis 'generator' is of type generator, not a list of values; "
        "axis 'number' is of type int, not a list of values; "
        "axis 'twice' has '1' twice; axis 'alike' has 'true' twice; "
        "axis 'nested' has [1]; its values are bool, int, float or str; "
        "axis 'nan' has nan; its values are bool, int, float or str; "
        "repeats is 0, not a whole number from 1 up; "
        "an axis cannot be called 'repeat': use repeats="
    )


@pytest.mark.parametrize("repeats", [True, 2.0, "2", -1])
def test_repeats_is_a_whole_number(repeats: Any) -> None:
    with pytest.raises(ExperimentError, match="not a whole number from 1 up"):
        expand("s", {"x": [1]}, repeats=repeats)


def test_a_point_is_a_map_of_its_axes() -> None:
    # given
    point = Point("s/n=1,repeat=2", {"n": 1, "repeat": 2})

    # then
    assert (point["n"], point.repeat, len(point), list(point)) == (1, 2, 2, ["n", "repeat"])
    assert "n" in point
    assert "gpus" not in point
    assert point.get("gpus", 0) == 0
    assert Point("s", {}).repeat == 0


def test_an_axis_that_is_not_there_is_an_error_with_those_that_are() -> None:
    with pytest.raises(ExperimentError, match="there is no axis 'node'") as refused:
        Point("s/nodes=1", {"nodes": 1})["node"]
    assert refused.value.hint == "the axes: nodes"


def names(*points: Point) -> list[str]:
    return [point.name for point in points]


def test_paired_axes_move_together() -> None:
    # given
    axes: Axes = {"nodes": [1, 2, 4], "xfer": ["1m", "4m"], "tasks": [8, 16, 32]}

    # when
    points = expand("s", axes, shape=Shape(paired=[("nodes", "tasks")]))

    # then
    assert names(*points) == [
        "s/nodes=1,xfer=1m,tasks=8",
        "s/nodes=1,xfer=4m,tasks=8",
        "s/nodes=2,xfer=1m,tasks=16",
        "s/nodes=2,xfer=4m,tasks=16",
        "s/nodes=4,xfer=1m,tasks=32",
        "s/nodes=4,xfer=4m,tasks=32",
    ]


def test_points_are_left_out_by_their_values_or_by_a_function() -> None:
    # given
    axes: Axes = {"n": [1, 2], "m": ["a", "b"]}

    # then
    by_value = expand("s", axes, repeats=2, shape=Shape(exclude=[{"n": 1, "m": "a"}, {"n": 2}]))
    assert names(*by_value) == ["s/n=1,m=b,repeat=1", "s/n=1,m=b,repeat=2"]
    by_rule = expand("s", axes, shape=Shape(exclude=lambda point: point["n"] == 1))
    assert names(*by_rule) == ["s/n=2,m=a", "s/n=2,m=b"]


def test_an_axis_that_stands_on_another_is_there_only_with_its_values() -> None:
    # given
    axes: Axes = {"io": ["posix", "mpi"], "hints": ["on", "off"], "level": [1, 2]}
    when = {"hints": {"io": ["mpi"]}, "level": {"hints": ["on"]}}

    # when
    points = expand("s", axes, shape=Shape(when=when))

    # then
    assert names(*points) == [
        "s/io=posix",
        "s/io=mpi,hints=on,level=1",
        "s/io=mpi,hints=on,level=2",
        "s/io=mpi,hints=off",
    ]


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (Shape(paired=[("n", "k")]), "paired names 'k', which is no axis"),
        (Shape(paired=[("n", "m")]), "paired axes need equally many values: n has 2, m has 3"),
        (Shape(paired=[("n",), ("n",)]), "paired names axis 'n' twice"),
        (Shape(exclude=[{"k": 1}]), "exclude names 'k', which is no axis"),
        (Shape(exclude=lambda _: True), "exclude leaves no point"),
        (Shape(when={"k": {"n": [1]}}), "when names 'k', which is no axis"),
        (Shape(when={"n": {"m": [1]}}), "when of 'n' stands on 'm', which is no axis before it"),
    ],
)
def test_a_shape_that_names_what_is_not_there_is_refused(shape: Shape, says: str) -> None:
    with pytest.raises(ExperimentError) as refused:
        expand("s", {"n": [1, 2], "m": [1, 2, 3]}, shape=shape)
    assert says in refused.value.message
