"""How the tasks of an array are written and read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.providers.slurm.tasks import parse_tasks, to_ids, to_tasks


@pytest.mark.parametrize(
    ("text", "tasks"),
    [
        ("3", {3}),
        ("0-2,7", {0, 1, 2, 7}),
        ("[0-9:3%2]", {0, 3, 6, 9}),
        ("[5]", {5}),
        ("N/A", None),
        ("", None),
        ("0-...", None),
    ],
)
def test_the_tasks_that_a_text_names(text: str, tasks: set[int] | None) -> None:
    assert parse_tasks(text) == (None if tasks is None else frozenset(tasks))


@given(st.sets(st.integers(0, 40), min_size=1))
def test_what_is_written_is_read_again(tasks: set[int]) -> None:
    assert parse_tasks(to_tasks(tasks)) == frozenset(tasks)
    assert to_ids("7", tasks).startswith("7_")


def test_neighbours_share_a_range() -> None:
    assert to_tasks([4, 1, 2, 3, 9]) == "1-4,9"
    assert to_ids("100", [2]) == "100_2"
    assert to_ids("100", [0, 1, 4]) == "100_[0-1,4]"
