"""Names that things have on their sites."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.site_names import (
    DEFAULT_SCHEMA,
    FIELDS,
    filled_schema,
    physical_name,
    problem_of_schema,
)

FULL = {"experiment": "Ior_Burst", "group": "", "user": "ada", "kind": "vm"}


def test_an_empty_field_takes_its_dash_along() -> None:
    filled = filled_schema(DEFAULT_SCHEMA, FULL)
    assert filled == "ior-burst-ada-vm-{counter}"
    assert physical_name(filled, "12") == "ior-burst-ada-vm-12"


@pytest.mark.parametrize(
    ("schema", "problem"),
    [
        ("{user}-{counter}", None),
        ("{usr}-{counter}", "there is no {usr}"),
        ("{user}", "without {counter}"),
        ("{user", "expected '}'"),
    ],
)
def test_a_wrong_schema_is_told(schema: str, problem: str | None) -> None:
    said = problem_of_schema(schema)
    assert (said is None) if problem is None else (said is not None and problem in said)


@given(
    st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=80)),
    st.integers(1, 10**6),
)
def test_every_name_is_one_that_a_host_may_have(fields: dict[str, str], number: int) -> None:
    filled = filled_schema(DEFAULT_SCHEMA, dict.fromkeys(FIELDS, "") | fields)
    name = physical_name(filled, str(number))
    assert 0 < len(name) <= 63
    assert name.endswith(str(number))
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not name.startswith("-")
