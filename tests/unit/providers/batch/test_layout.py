from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.providers.batch.layout import job_directory, safe_component
from tests.unit.providers.batch.requests import a_request


def test_a_point_with_a_slash_is_a_folder_in_a_folder() -> None:
    request = a_request(point="pi/n=100,seed=1", identity="ab12")
    assert job_directory(Path("/jobs"), request) == Path("/jobs/lab/hello/pi/n=100,seed=1/ab12")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("n=100,seed=1", "n=100,seed=1"),
        ("a b", "a%20b"),
        ("a/b", "a%2Fb"),
        ("..", "%2E."),
        (".queue", "%2Equeue"),
        ("50%", "50%25"),
        ("größe", "gr%C3%B6%C3%9Fe"),
        ("", "%"),
    ],
)
def test_a_component_is_made_safe(text: str, name: str) -> None:
    assert safe_component(text) == name


def test_a_long_component_is_cut_but_stays_itself() -> None:
    one, other = safe_component("x" * 300), safe_component("x" * 299 + "y")
    assert len(one) == len(other) == 120
    assert one != other


@given(st.text(), st.text())
def test_different_texts_have_different_safe_names(one: str, other: str) -> None:
    names = safe_component(one), safe_component(other)
    assert (one == other) == (names[0] == names[1])
    for name in names:
        assert "/" not in name
        assert name not in {"", ".", ".."}
        assert name.isascii()
        assert len(name) <= 120
