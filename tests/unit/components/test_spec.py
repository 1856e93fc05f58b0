"""What one job needs, and everything that can be wrong with it."""

import hashlib
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pulumi
import pytest

from cloudmesh_iac.components.metrics import json_path
from cloudmesh_iac.components.spec import JobFields, JobSpec
from cloudmesh_iac.components.text import fmt
from cloudmesh_iac.errors import ExperimentError
from tests.unit.components.conftest import Evaluate


def test_a_spec_that_is_right_has_no_problems() -> None:
    spec = JobSpec(command="true", walltime=timedelta(minutes=2), memory="4 GiB", inputs=("a",))
    assert spec.nodes == 1


def test_all_problems_come_together() -> None:
    with pytest.raises(ExperimentError) as refused:
        JobSpec(
            command="  ",
            nodes=0,
            ntasks_per_node=True,
            cpus_per_task=1.5,  # type: ignore[arg-type] # people do
            walltime="soon",
            memory="much",
            modules="gcc",
            inputs="a.txt",
            outputs="*.csv",
        )
    assert refused.value.message.split("; ") == [
        "nodes is 0, not a whole number from 1 up",
        "ntasks_per_node is True, not a whole number from 1 up",
        "cpus_per_task is 1.5, not a whole number from 1 up",
        "walltime: 'soon' is no time",
        "write 00:20:00, 20m or 2h",
        "memory: 'much' is no size",
        "write 4 GiB or 512 MiB",
        "modules is a text, not a list of texts",
        "inputs is a text, not a list of texts",
        "outputs is a text, not a list of texts",
        "command is empty",
    ]


def test_a_template_may_not_be_empty_either() -> None:
    with pytest.raises(ExperimentError, match="command is empty"):
        JobSpec(command=fmt(" "))


def test_only_what_was_said_is_sent(tmp_path: Path) -> None:
    assert JobSpec(command="true").submission(tmp_path, tmp_path) == {
        "command": "true",
        "nodes": 1,
        "ntasks_per_node": 1,
        "cpus_per_task": 1,
    }
    assert JobSpec(command="true").reading(tmp_path, tmp_path) == {}


def test_everything_that_was_said_is_sent(tmp_path: Path) -> None:
    # given
    folder = tmp_path / "stacks"
    folder.mkdir()
    (folder / "run.py").write_text("print(1)\n")
    spec = JobSpec(
        command=fmt("python3 run.py {}", 4),
        nodes=2,
        ntasks_per_node=8,
        cpus_per_task=3,
        walltime="20m",
        memory="2G",
        queue="debug",
        account="CIS200042",
        modules=["gcc", "openmpi"],
        environment={"OMP_NUM_THREADS": "4"},
        inputs=["run.py"],
        outputs=["*.csv"],
        metrics={"bw": json_path("ior.json", "$.bw")},
        native={"gres": "gpu:1"},
        note="second try",
    )

    # when
    sent = spec.submission(tmp_path, folder)

    # then
    assert sent == {
        "command": "python3 run.py {0}",
        "arguments": {"0": "4"},
        "nodes": 2,
        "ntasks_per_node": 8,
        "cpus_per_task": 3,
        "walltime_s": 1200,
        "memory_mb": 2048,
        "queue": "debug",
        "account": "CIS200042",
        "modules": ["gcc", "openmpi"],
        "environment": {"OMP_NUM_THREADS": "4"},
        "native": {"gres": "gpu:1"},
        "inputs": {"run.py": hashlib.sha256(b"print(1)\n").hexdigest()},
        "sources": {"run.py": "stacks/run.py"},
        "note": "second try",
    }
    assert spec.reading(tmp_path, folder) == {
        "outputs": ["*.csv"],
        "measure": {"bw": {"file": "ior.json", "path": "$.bw"}},
    }


def test_a_template_without_values_has_its_braces_back(tmp_path: Path) -> None:
    spec = JobSpec(command=fmt("awk '{{print $1}}'"))
    assert spec.submission(tmp_path, tmp_path)["command"] == "awk '{print $1}'"


def test_a_whole_command_of_another_resource_is_placement(run: Evaluate, project: Path) -> None:
    # given
    sent: dict[str, Any] = {}

    def program() -> None:
        command = pulumi.Output.from_input("srun ./x")
        sent.update(JobSpec(command=command).submission(project, project))

    # when
    run(program)

    # then
    assert sent["command"] == "{0}"
    assert list(sent["placement"]) == ["0"]


def test_missing_input_files_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("")
    spec = JobSpec(command="true", inputs=["b", "there", "a"])
    with pytest.raises(ExperimentError, match="input files are not there: a, b") as refused:
        spec.submission(tmp_path, tmp_path)
    assert str(tmp_path) in (refused.value.hint or "")


def test_an_input_file_belongs_to_the_project(tmp_path: Path) -> None:
    # given
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret").write_text("")

    # when
    with pytest.raises(ExperimentError) as refused:
        JobSpec(command="true", inputs=["../secret"]).submission(project, project)

    # then
    assert "is outside the project" in refused.value.message


def test_the_fields_of_a_job_are_those_of_its_spec() -> None:
    assert {*JobFields.__annotations__} == {one.name for one in fields(JobSpec)} - {"command"}


def test_fields_for_the_scheduler_are_sent_in_its_own_form(tmp_path: Path) -> None:
    # given
    spec = JobSpec(
        command="true",
        gpus_per_node=2,
        cluster="gpu",
        qos="high",
        constraint="a100&nvlink",
        reservation="course",
        licenses={"matlab": 2},
        exclusive=True,
        signal="b:sigusr1@090",
        notify="begin, end:me@example.org",
        directives=["#BB access=striped "],
    )

    # then
    assert spec.submission(tmp_path, tmp_path) == {
        "command": "true",
        "nodes": 1,
        "ntasks_per_node": 1,
        "cpus_per_task": 1,
        "gpus_per_node": 2,
        "cluster": "gpu",
        "qos": "high",
        "constraint": "a100&nvlink",
        "reservation": "course",
        "licenses": "matlab:2",
        "exclusive": True,
        "signal": "B:USR1@90",
        "notify": "BEGIN,END:me@example.org",
        "directives": ["#BB access=striped"],
    }


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("gpus_per_node", -1, "gpus_per_node is -1, not a whole number from 0 up"),
        ("cluster", "a,b", "cluster: 'a,b' is no name of one cluster"),
        ("cluster", "all", "cluster: 'all' is no name of one cluster"),
        ("cluster", "", "cluster: '' is no name of one cluster"),
        ("qos", "two words", "qos is 'two words', not a name"),
        ("constraint", 'a"b', "constraint is 'a\"b', not a name"),
        ("licenses", "matlab:", "'matlab:' is no licence"),
        ("licenses", "", "is no licence"),
        ("signal", "soon", "no signal"),
        ("notify", "never:me@example.org", "'never' is no event"),
        ("notify", "end:nobody", "names no mail address"),
        ("notify", "", "names no mail address"),
        ("directives", ["echo hello"], "is not one line that begins with #"),
        ("directives", ["#BB a\nrm -rf"], "is not one line that begins with #"),
        ("rerun_on", ["memry"], "which is no limit (did you mean 'memory'?)"),
        ("secrets", {"../key": "x"}, "a secret cannot be called '../key'"),
    ],
)
def test_a_field_that_no_scheduler_takes_is_named(field: str, value: Any, *, words: str) -> None:
    with pytest.raises(ExperimentError) as refused:
        JobSpec(command="true", **{field: value})
    assert words in refused.value.message


def test_a_limit_in_rerun_on_belongs_to_the_run(tmp_path: Path) -> None:
    spec = JobSpec(command="true", memory="1 GiB", rerun_on=["memory", "walltime"])
    assert spec.submission(tmp_path, tmp_path)["triggers"] == {"memory": 1024}
