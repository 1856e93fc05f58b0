"""Names of resources."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.urns import (
    STACK_TYPE,
    ResourceType,
    Urn,
    make_urn,
    name_of,
    natural_key,
    qualified_type_of,
    short_type,
    type_of,
)

SWEEP = ResourceType("cmx:index:Sweep")
JOB = ResourceType("cmx:index:Job")


def an_urn(name: str, type_: ResourceType = JOB, *, parent: Urn | None = None) -> Urn:
    return make_urn(stack="hello", project="lab", parent=parent, type_=type_, name=name)


def test_the_types_of_the_parents_stand_before_the_own_one() -> None:
    # given
    sweep = an_urn("pi", SWEEP)

    # when
    job = an_urn("pi-1", parent=sweep)
    deeper = an_urn("pi-1-end", ResourceType("cmx:index:End"), parent=job)

    # then
    assert job == "urn:pulumi:hello::lab::cmx:index:Sweep$cmx:index:Job::pi-1"
    assert qualified_type_of(deeper) == "cmx:index:Sweep$cmx:index:Job$cmx:index:End"
    assert type_of(deeper) == "cmx:index:End"


def test_the_stack_is_no_part_of_the_types() -> None:
    stack = an_urn("lab-hello", STACK_TYPE)
    assert an_urn("pi", parent=stack) == an_urn("pi") == "urn:pulumi:hello::lab::cmx:index:Job::pi"


@given(st.text())
def test_a_name_comes_back_whatever_is_in_it(name: str) -> None:
    urn = an_urn(name, parent=an_urn("pi", SWEEP))
    assert name_of(urn) == name
    assert type_of(urn) == JOB


def test_two_colons_and_a_dollar_may_stand_in_a_name() -> None:
    assert name_of(an_urn("a::b$c")) == "a::b$c"


@pytest.mark.parametrize(
    ("type_", "short"),
    [
        ("cmx:index:Sweep", "sweep"),
        ("openstack:compute/instance:Instance", "instance"),
        ("pulumi-python:dynamic/slurm:Job", "job"),
        ("pulumi:providers:aws", "aws"),
        ("Thing", "thing"),
    ],
)
def test_a_type_is_called_by_its_last_word(type_: str, short: str) -> None:
    assert short_type(ResourceType(type_)) == short


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    # given
    names = ["n=16", "n=8", "n=128", "m=2", "n=", "2", "10", ""]

    # then
    assert sorted(names, key=natural_key) == ["", "2", "10", "m=2", "n=", "n=8", "n=16", "n=128"]


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_number_in_a_name_decides(one: int, two: int) -> None:
    assert (natural_key(f"n={one}") < natural_key(f"n={two}")) == (one < two)


@given(st.lists(st.text(max_size=6)))
def test_names_that_differ_never_stand_on_one_place(names: list[str]) -> None:
    assert len({natural_key(name) for name in names}) == len(set(names))
