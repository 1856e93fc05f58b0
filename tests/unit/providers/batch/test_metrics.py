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


LOG = "step 1 bw: 1.5 MB/s\nstep 2 bw: 2.5 MB/s\nmode: fast\n"
TABLE = "step, bw, note\n1, 4, a\n2, 1.5, b\n3, 3, c\n"


@pytest.mark.parametrize(
    ("pattern", "value"),
    [
        (r"bw: ([0-9.]+)", 2.5),
        (r"step (\d+)", 2),
        (r"mode: \w+", "mode: fast"),
        (r"(\w+)$", "fast"),
        (r"bw: (\d+)|mode", 2),
    ],
)
def test_the_last_match_in_a_log_is_the_value(tmp_path: Path, pattern: str, value: object) -> None:
    # given
    (tmp_path / "out.log").write_text(LOG)

    # then
    specs = {"it": {"file": "out.log", "pattern": pattern}}
    assert read_metrics(tmp_path, specs) == ({"it": value}, [])


@pytest.mark.parametrize(
    ("take", "value"),
    [
        ("first", 4),
        ("last", 3),
        ("min", 1.5),
        ("max", 4),
        ("mean", 8.5 / 3),
        ("sum", 8.5),
        ("count", 3),
    ],
)
def test_one_value_is_taken_of_a_column(tmp_path: Path, take: str, value: float) -> None:
    # given
    (tmp_path / "out.csv").write_text(TABLE)

    # then
    specs = {"it": {"file": "out.csv", "column": "bw", "take": take}}
    found, problems = read_metrics(tmp_path, specs)
    assert problems == []
    assert found["it"] == pytest.approx(value)


def test_a_function_of_the_persons_own_makes_a_value(tmp_path: Path) -> None:
    # given
    (tmp_path / "helper.py").write_text("def half(number): return number / 2\n")
    (tmp_path / "tools.py").write_text(
        "from helper import half\n"
        "def lines(folder):\n    print('counting')\n"
        "    return half(len((folder / 'out.log').read_text().splitlines()))\n"
        "def broken(folder):\n    raise RuntimeError('it is empty')\n"
        "def many(folder):\n    return [1, 2]\n"
        "def dots(folder):\n    print('...', end='')\n    return 3\n"
        "def leaves(folder):\n    raise SystemExit\n"
    )
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "out.log").write_text(LOG)
    specs = {
        name: {"file": "out.log", "files": ["out.log"], "script": script, "name": function}
        for name, script, function in [
            ("good", "tools.py", "lines"),
            ("broken", "tools.py", "broken"),
            ("many", "tools.py", "many"),
            ("dots", "tools.py", "dots"),
            ("leaves", "tools.py", "leaves"),
            ("none", "nowhere.py", "lines"),
        ]
    }

    # when
    found, problems = read_metrics(folder, specs, project_dir=tmp_path)

    # then
    assert found == {"good": 1.5, "dots": 3}
    said = "\n".join(problems)
    assert "RuntimeError: it is empty" in said
    assert "a list is no single value" in said
    assert "nowhere.py is not there" in said
    assert "tools.py: leaves ended the program before it returned" in said


@pytest.mark.parametrize(
    ("text", "spec", "says"),
    [
        (LOG, {"pattern": "speed"}, "no line matches 'speed'"),
        ("bw\n" + "9" * 400, {"column": "bw", "take": "mean"}, "too large"),
        (TABLE, {"column": "bandwidth", "take": "last"}, "no column 'bandwidth' among step, bw"),
        ("bw\n", {"column": "bw", "take": "last"}, "column 'bw' has no rows"),
        ("", {"column": "bw", "take": "last"}, "no column 'bw' among none"),
        ("bw\nmuch\n", {"column": "bw", "take": "mean"}, "'much' is no number"),
    ],
)
def test_a_value_that_no_line_or_column_has_is_one_sentence(
    tmp_path: Path, text: str, spec: dict[str, str], *, says: str
) -> None:
    # given
    (tmp_path / "out").write_text(text)

    # when
    found, problems = read_metrics(tmp_path, {"it": {"file": "out", **spec}})

    # then
    assert found == {}
    assert says in problems[0]


def test_what_can_never_be_read_is_said_before_anything_runs() -> None:
    # given
    specs = {
        "a": {"file": "x", "pattern": "("},
        "b": {"file": "x", "column": "c", "take": "median"},
        "c": {"file": "x", "pattern": "fine"},
    }

    # then
    assert [one.partition(":")[0] for one in wrong_paths(specs)] == ["metric a", "metric b"]
