"""Values of axes from the command line."""

import pytest

import cloudmesh_iac as cmx
from cloudmesh_iac.components.sweep_option import parse_sweep
from cloudmesh_iac.errors import UsageProblem
from tests.unit.components.conftest import Evaluate
from tests.unit.components.evaluating import SUBMISSION, SWEEP


@pytest.mark.parametrize(
    ("text", "axes"),
    [
        ("", {}),
        ("epoch=[1-3] x=1,4", {"epoch": ["1", "2", "3"], "x": ["1", "4"]}),
        ("n=[08-10]", {"n": ["08", "09", "10"]}),
        ("host=n[1-2]-ib,login", {"host": ["n1-ib", "n2-ib", "login"]}),
        ("n=[1,3,5-6]", {"n": ["1", "3", "5", "6"]}),
        ("a=x[1-2]y[3-4]", {"a": ["x1y3", "x1y4", "x2y3", "x2y4"]}),
        ("path=a=b", {"path": ["a=b"]}),
    ],
)
def test_a_text_names_the_values_of_axes(text: str, axes: dict[str, list[str]]) -> None:
    assert parse_sweep(text) == axes


@pytest.mark.parametrize(
    "text", ["epoch", "epoch=", "=3", "n=[3-1]", "n=[a-b]", "n=[1-3", "n=1 n=2", "n=[1-999999999]"]
)
def test_a_text_that_names_none_is_an_error_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        parse_sweep(text)
    assert repr(text) in refused.value.message
    assert refused.value.hint is not None


def a_study() -> None:
    with cmx.Experiment("study"):
        job = cmx.JobSpec(command="true")
        cmx.Sweep("pi", on="sim", job=job, axes={"n": [1, 2], "name": ["a"]}, max_running=3)


def test_axes_get_the_values_of_the_option_in_their_own_types(run: Evaluate) -> None:
    # when
    declared = run(a_study, config={"lab:sweep": "n=[7-8],0.5 name=01"})

    # then
    assert declared.one(SWEEP).inputs["axes"] == {"n": (7, 8, 0.5), "name": ("01",)}
    assert declared.names(SUBMISSION) == ["pi/n=7,name=01", "pi/n=8,name=01", "pi/n=0.5,name=01"]
    assert {one.inputs["max_running"] for one in declared.all(SUBMISSION)} == {3}


def test_an_axis_that_no_sweep_has_is_refused(run: Evaluate) -> None:
    with pytest.raises(UsageProblem, match="has an axis m") as refused:
        run(a_study, config={"lab:sweep": "m=1"})
    assert refused.value.hint == "the axes: n, name"
