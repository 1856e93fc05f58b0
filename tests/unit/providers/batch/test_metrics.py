"""Numbers in what a job left behind."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudmesh_iac.providers.batch.metrics import metric_files, read_metrics, wrong_paths


def spec(path: str, file: str = "out.json") -> dict[str, str]:
    return {"file": file, "path": path}


def test_a_value_is_found_by_its_path(tmp_path: Path) -> None:
    # given
    (tmp_path / "out.json").write_text(
        '{"runs": [{"bw": 1.5}, {"bw": 2}], "name": "x", "no": null}'
    )
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "more.json").write_text("[7]")
    specs = {
        "first": spec("$.runs[0].bw"),
        "name": spec("$.name"),
        "no": spec("$.no"),
        "more": spec("$[0]", "deep/more.json"),
    }

    # then
    assert read_metrics(tmp_path, specs) == (
        {"first": 1.5, "name": "x", "no": None, "more": 7},
        [],
    )


@pytest.mark.parametrize(
    ("text", "path", "says"),
    [
        ("", "$", "Expecting value"),
        ("{'bw': 1}", "$.bw", "Expecting property name"),
        ('{"bw": 1', "$.bw", "Expecting ',' delimiter"),
        ('{"bw": 1}', "$.bandwidth", "nothing at $.bandwidth"),
        ('{"bw": 1}', "$.bw[", "metric bw was not found"),
        ('{"bw": 1}', "bw ~ 3", "metric bw was not found"),
        ('{"bw": NaN}', "$.bw", "nan is no number"),
        ('{"bw": Infinity}', "$.bw", "inf is no number"),
        ('{"bw": -Infinity}', "$.bw", "-inf is no number"),
        ('{"bw": 1e999}', "$.bw", "inf is no number"),
        ('{"bw": [1, {"deep": NaN}]}', "$.bw", "nan is no number"),
        ('{"bw": [1, NaN]}', "$.bw[*]", "$.bw[*] names 2 values, not one"),
        ('{"bw": [1, 2]}', "$.bw", "$.bw is no single value"),
        ('{"bw": 1' + "0" * 400 + "}", "$.bw", "the number is too large"),
        ("[" * 100_000, "$", "recursion"),
    ],
)
def test_a_value_that_is_not_found_is_one_sentence(
    tmp_path: Path, text: str, path: str, *, says: str
) -> None:
    # given
    (tmp_path / "out.json").write_text(text)

    # when
    found, problems = read_metrics(tmp_path, {"bw": spec(path)})

    # then
    assert found == {}
    [problem] = problems
    assert problem.startswith("metric bw was not found in out.json: ")
    assert says in problem
    assert "\n" not in problem


def test_a_file_that_is_not_there_was_not_written(tmp_path: Path) -> None:
    assert read_metrics(tmp_path, {"bw": spec("$")}) == (
        {},
        ["metric bw: out.json was not written"],
    )


def test_a_path_that_is_none_is_found_before_anything_runs() -> None:
    # given
    specs = {"good": spec("$.a[?@.b > 1]"), "open": spec("$.bw["), "odd": spec("bw ~ 3")}

    # when
    problems = wrong_paths(specs)

    # then
    assert [problem.partition(":")[0] for problem in problems] == ["metric open", "metric odd"]
    assert problems[0].startswith("metric open: '$.bw[' is no JSONPath: ")
    assert all("\n" not in problem for problem in problems)


def test_bytes_that_are_no_text_and_folders_are_problems_too(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_bytes(b"\xff\xfe")
    (tmp_path / "folder").mkdir()
    found, problems = read_metrics(tmp_path, {"a": spec("$"), "b": spec("$", "folder")})
    assert (found, len(problems)) == ({}, 2)


def test_a_number_that_is_none_spoils_only_itself(tmp_path: Path) -> None:
    (tmp_path / "out.json").write_text('{"bad": NaN, "good": 4}')
    found, problems = read_metrics(tmp_path, {"bad": spec("$.bad"), "good": spec("$.good")})
    assert found == {"good": 4}
    assert len(problems) == 1


def test_the_files_are_named_once_in_order() -> None:
    specs = {"a": spec("$.a", "z.json"), "b": spec("$.b"), "c": spec("$.c", "z.json")}
    assert metric_files(specs) == ("z.json", "out.json")
    assert metric_files({}) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=8,
    )
)
def test_what_is_found_can_always_be_written_as_strict_json(tmp_path: Path, value: Any) -> None:
    (tmp_path / "out.json").write_text(json.dumps(value))
    found, problems = read_metrics(tmp_path, {"all": spec("$")})
    assert (len(found), len(problems)) in {(1, 0), (0, 1)}
    json.dumps(found, allow_nan=False)
