"""Parameters: their types, and where their values come from."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.components.experiment import Experiment
from cloudmesh_iac.components.parameters import Asked, ask, parse, to_text
from cloudmesh_iac.errors import ExperimentError, UsageProblem
from tests.unit.components.conftest import Evaluate


@pytest.mark.parametrize(
    ("text", "default", "value"),
    [
        ("5", 3, 5),
        (" -5 ", 3, -5),
        ("1_000", 3, 1000),
        ("0.25", 1.0, 0.25),
        ("1e3", 1.0, 1000.0),
        ("yes", False, True),
        ("ON", False, True),
        ("1", False, True),
        ("off", True, False),
        ("False", True, False),
        ("node7", "", "node7"),
        ("1m, 4m,,16m", ["x"], ["1m", "4m", "16m"]),
        ("", ["x"], []),
        ('["1m", 4]', ["x"], ["1m", "4"]),
    ],
)
def test_the_type_of_a_value_is_its_defaults(text: str, default: Any, value: Any) -> None:
    found = parse("p", text, default)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "default", "wanted"),
    [
        ("five", 3, "a whole number"),
        ("1.5", 3, "a whole number"),
        ("", 3, "a whole number"),
        ("much", 1.0, "a number"),
        ("nan", 1.0, "a number"),
        ("inf", 1.0, "a number"),
        ("maybe", True, "yes or no"),
        ("[1, 2", ["x"], "text"),
    ],
)
def test_a_text_of_another_type_is_refused_with_the_default(
    text: str, default: Any, wanted: str
) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse("repeats", text, default)
    assert refused.value.message == f"parameter repeats takes {wanted}, not {text!r}"
    assert refused.value.hint == f"its default is {to_text(default)}"


@given(
    st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text().map(str.strip)
)
def test_a_value_comes_back_from_its_text(value: Any) -> None:
    assert parse("p", to_text(value), value) == value


@given(st.lists(st.text("abc123", min_size=1)))
def test_a_list_comes_back_from_its_text(values: list[str]) -> None:
    assert parse("p", to_text(values), [""]) == values


def test_a_value_says_where_it_comes_from(run: Evaluate) -> None:
    # given
    found: list[tuple[Any, Asked]] = []

    def program() -> None:
        found.extend(ask(name, 3, "runs") for name in ("given", "configured", "left"))

    # when
    config = {"lab:given": "5", "lab:configured": "4", "cmx-run:options": "given,other"}
    run(program, config=config)

    # then
    assert [(value, asked.origin) for value, asked in found] == [
        (5, "option"),
        (4, "configuration"),
        (3, "default"),
    ]
    assert found[0][1].to_plain() == {
        "name": "given",
        "value": "5",
        "default": "3",
        "kind": "int",
        "origin": "option",
        "help": "runs",
    }


@pytest.mark.parametrize("default", [None, {"a": 1}, (1, 2)])
def test_a_default_of_another_type_is_refused(run: Evaluate, default: Any) -> None:
    with pytest.raises(ExperimentError, match="is not supported"):
        run(lambda: ask("p", default, ""))


def test_asking_twice_is_asking_once(run: Evaluate) -> None:
    # given
    def program() -> None:
        with Experiment("study") as exp:
            assert exp.param("repeats", 3) == exp.param("repeats", 3) == 5

    # when
    declared = run(program, config={"lab:repeats": "5"})

    # then
    [experiment] = declared.all("cmx:index:Experiment")
    parameters = declared.outputs[experiment.urn]["parameters"]
    assert isinstance(parameters, tuple)
    assert len(parameters) == 1


@pytest.mark.parametrize("other", [4, 3.0, True, "3"])
def test_asking_twice_with_another_default_is_refused(run: Evaluate, other: Any) -> None:
    def program() -> None:
        with Experiment("study") as exp:
            exp.param("repeats", 3)
            exp.param("repeats", other)

    with pytest.raises(ExperimentError, match="before with another default"):
        run(program)
