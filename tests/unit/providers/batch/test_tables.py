"""Results beside a program as tables."""

import json
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.results import ResultRow
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.providers.batch.results import results_folder, write_result
from cloudmesh_iac.providers.batch.tables import (
    SWEEP_TYPE,
    PlotSpec,
    ReadTable,
    SweepSpec,
    declared_sweeps,
    read_tables,
    write_sweeps,
)
from tests.builders import a_record, a_snapshot


class Kept:
    """The results of one stack."""

    def __init__(self, project: Path) -> None:
        self.project = project

    def keep(self, point: str, state: str = "COMPLETED", **more: Any) -> None:
        folder = results_folder(self.project, "hello", point)
        write_result(folder, {"point": point, "state": state, **more})

    def write(self, name: str, text: str) -> None:
        file = self.project / "results" / "hello" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def tables(self, *declared: str) -> list[ReadTable]:
        return list(read_tables(self.project, "hello", declared=frozenset(declared)))

    def only(self, *declared: str) -> ReadTable:
        [table] = self.tables(*declared)
        return table


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_without_results_there_are_no_tables(kept: Kept) -> None:
    assert kept.tables() == []


def test_a_sweep_is_a_table_with_a_row_per_run(kept: Kept) -> None:
    # given
    for repeat in (1, 2):
        kept.keep(
            f"pi/n=4,repeat={repeat}",
            parameters={"n": 4, "repeat": repeat},
            metrics={"error": 0.5},
            exit_code=0,
            elapsed_s=1.5,
        )

    # when
    read = kept.only("pi/n=4,repeat=1")

    # then
    assert (read.table.name, read.folder) == ("pi", kept.project / "results" / "hello" / "pi")
    assert read.table.axes == {"n": (4,)}
    assert read.table.metrics == ("error",)
    assert read.table.rows[0] == ResultRow(
        point="pi/n=4,repeat=1",
        axes={"n": 4},
        state=JobState.COMPLETED,
        repeat=1,
        exit_code=0,
        metrics={"error": 0.5},
        elapsed_s=1.5,
        is_declared=True,
    )
    assert (read.table.rows[1].repeat, read.table.rows[1].is_declared) == (2, False)


def test_axes_stand_in_declared_order_and_what_outlived_them_behind(kept: Kept) -> None:
    # given
    for n in (16, 2, 8, 1):
        kept.keep(f"pi/z=1m,n={n}", parameters={"z": "1m", "n": n, "old": n})
    spec = SweepSpec(
        order=["z", "n", "repeat"],
        axes={"n": [4, 2], "z": ["1m"], "repeat": [1]},
        metrics=["declared"],
        plot=PlotSpec(x="n", y="declared"),
    )
    write_sweeps(kept.project, "hello", {"pi": spec, "never ran": spec})

    # when
    read = kept.only()

    # then
    assert list(read.table.axes) == ["z", "n", "old"]
    assert read.table.axes["n"] == (4, 2, 1, 8, 16)
    assert read.table.axes["old"] == (1, 2, 8, 16)
    assert read.table.metrics == ("declared",)
    assert read.plot == PlotSpec(x="n", y="declared")
    assert not (kept.project / "results" / "hello" / "never%20ran").exists()


def test_lone_jobs_share_one_table(kept: Kept) -> None:
    # given
    kept.keep("check", "FAILED", exit_code=3)
    kept.keep("build", metrics={"s": 2})

    # when
    table = kept.only("check").table

    # then
    assert (table.name, table.axes) == ("jobs", {"job": ("build", "check")})
    assert [(row.point, row.axes, row.is_declared) for row in table.rows] == [
        ("build", {"job": "build"}, False),
        ("check", {"job": "check"}, True),
    ]


def test_a_sweep_may_be_called_like_the_table_of_lone_jobs(kept: Kept) -> None:
    # given
    kept.keep("jobs/n=1", parameters={"n": 1})
    kept.keep("check")

    # then
    assert [table.table.axes for table in kept.tables()] == [{"n": (1,)}, {"job": ("check",)}]


def test_tables_stand_in_the_natural_order_of_their_names(kept: Kept) -> None:
    for name in ("s10", "s9", "a"):
        kept.keep(f"{name}/n=1", parameters={"n": 1})
    kept.keep("check")
    assert [one.table.name for one in kept.tables()] == ["a", "jobs", "s9", "s10"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"point": "pi/n=2", "sta',
        "[1, 2]",
        "4",
        '{"of": "another program"}',
        '{"point": 4, "state": "COMPLETED"}',
        '{"point": "pi", "state": ["COMPLETED"]}',
        '{"point": "pi", "state": "COMPLETED", "parameters": [1]}',
        '{"point": "pi", "state": "COMPLETED", "parameters": {"n": [1]}}',
        '{"point": "pi", "state": "COMPLETED", "metrics": [1]}',
    ],
)
def test_half_written_and_foreign_files_are_passed_over(kept: Kept, text: str) -> None:
    kept.keep("pi/n=1", parameters={"n": 1})
    kept.write("pi/n=2/result.json", text)
    kept.write("pi/n=3/.result.json.part", "{")
    assert [row.point for row in kept.only().table.rows] == ["pi/n=1"]


def test_a_file_that_is_no_text_is_passed_over(kept: Kept) -> None:
    kept.keep("pi/n=1", parameters={"n": 1})
    kept.write("pi/n=2/result.json", "")
    (kept.project / "results/hello/pi/n=2/result.json").write_bytes(b"\xff")
    (kept.project / "results/hello/pi/sweep.json").write_bytes(b"\xff")
    assert len(kept.only().table.rows) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"axes": 4}'])
def test_a_bad_note_about_a_sweep_is_no_note(kept: Kept, text: str) -> None:
    kept.keep("pi/n=1", parameters={"n": 1})
    kept.write("pi/sweep.json", text)
    read = kept.only()
    assert (read.table.axes, read.plot) == ({"n": (1,)}, None)


def test_what_a_file_says_oddly_is_still_a_row(kept: Kept) -> None:
    kept.keep("pi/n=1", "SLEEPING", parameters={"n": 1, "repeat": "x"}, metrics=None)
    [row] = kept.only().table.rows
    assert (row.state, row.repeat, row.metrics) == (JobState.UNKNOWN, 0, {})


def test_the_sweeps_of_a_stack_say_how_their_tables_look(kept: Kept) -> None:
    # given
    inputs: Properties = {
        "order": ("n",),
        "axes": {"n": (1, 2)},
        "metrics": ("error",),
        "plot": {"x": "n", "y": "error", "log": True},
        "later": "ignored",
    }
    snapshot = a_snapshot(a_record("pi", type_=SWEEP_TYPE, custom=False, inputs=inputs), a_record())

    # when
    sweeps = declared_sweeps(snapshot)

    # then
    plot = PlotSpec(x="n", y="error", log=True)
    spec = SweepSpec(order=["n"], axes={"n": [1, 2]}, metrics=["error"], plot=plot)
    assert sweeps == {"pi": spec}
    kept.keep("pi/n=1", parameters={"n": 1})
    write_sweeps(kept.project, "hello", sweeps)
    note = json.loads((kept.project / "results/hello/pi/sweep.json").read_text())
    assert SweepSpec.model_validate(note) == spec
