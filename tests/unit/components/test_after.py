"""Which jobs a job waits for, and who sees to it."""

from pathlib import Path
from typing import Any

import pytest

import cloudmesh_iac as cmx
from cloudmesh_iac.errors import ExperimentError
from tests.unit.components.conftest import Evaluate
from tests.unit.components.evaluating import SUBMISSION, Declared

SITES = """
sites:
  big: {kind: slurm, workdir: jobs}
  sim: {kind: simulated}
"""
TICKET = {"site": "local", "token": "t1", "remote_id": "41", "directory": "/jobs"}


@pytest.fixture(autouse=True)
def _sites(project: Path) -> None:
    (project / "cloudmesh.yaml").write_text(SITES)


def waits(declared: Declared, name: str) -> tuple[Any, list[str]]:
    """Return what is handed to the scheduler, and what else the submission depends on."""
    start = declared.one(SUBMISSION, name)
    return start.inputs.get("after"), sorted(
        urn.rpartition("$")[2].removeprefix("pulumi-python:dynamic/cmx:")
        for urn in start.dependencies
    )


def test_a_job_of_the_same_scheduler_is_handed_to_it(run: Evaluate) -> None:
    # when
    def program() -> None:
        first = cmx.Job("first", command="true", on="big")
        cmx.Job("second", command="true", on="big", after=first)
        cmx.Job("third", command="true", on="big", after=cmx.After(first, any_end=True))

    declared = run(program)

    # then
    handed = ({"ticket": TICKET, "any_end": False},)
    assert waits(declared, "second") == (handed, ["Submission::first"])
    assert waits(declared, "third")[0] == ({"ticket": TICKET, "any_end": True},)


def test_sweeps_and_points_of_sweeps_are_waited_for(run: Evaluate) -> None:
    # when
    def program() -> None:
        first = cmx.Sweep("a", job=cmx.JobSpec("true"), axes={"n": [1, 2]}, on="big")
        cmx.Sweep(
            "b",
            job=lambda point: cmx.JobSpec("true", after=first.jobs[f"a/n={point['n']}"]),
            axes={"n": [1, 2]},
            on="big",
        )
        cmx.Job("end", command="true", on="big", after=[first, cmx.After([first])])

    declared = run(program)

    # then
    assert waits(declared, "b/n=2")[1] == ["Submission::a/n=2"]
    handed, needs = waits(declared, "end")
    assert len(handed) == 4
    assert needs == ["Submission::a/n=1", "Submission::a/n=2"]


@pytest.mark.parametrize(("first", "second"), [("sim", "big"), ("big", "sim"), ("sim", "sim")])
def test_a_job_that_the_scheduler_does_not_have_is_waited_for_by_the_run(
    run: Evaluate, *, first: str, second: str
) -> None:
    # when
    def program() -> None:
        cmx.Job("b", command="true", on=second, after=cmx.Job("a", command="true", on=first))

    # then
    assert waits(run(program), "b") == (None, ["Completion::a"])


def test_any_end_of_a_job_elsewhere_is_refused(run: Evaluate) -> None:
    # given
    def program() -> None:
        first = cmx.Job("a", command="true", on="sim")
        cmx.Job("b", command="true", on="big", after=cmx.After(first, any_end=True))

    # then
    with pytest.raises(ExperimentError, match="site big cannot wait for any end of a job of site"):
        run(program)


def test_what_is_no_job_cannot_be_waited_for() -> None:
    with pytest.raises(ExperimentError, match="after has 'first', which is no job and no sweep"):
        cmx.JobSpec("true", after="first")  # type: ignore[arg-type]  # what people write


def test_a_job_of_another_cluster_of_the_site_is_waited_for_by_the_run(run: Evaluate) -> None:
    # when
    def program() -> None:
        first = cmx.Job("a", command="true", on="big", cluster="gpu")
        cmx.Job("b", command="true", on="big", cluster="gpu", after=first)
        cmx.Job("c", command="true", on="big", after=first)

    declared = run(program)

    # then
    assert waits(declared, "b")[1] == ["Submission::a"]
    assert waits(declared, "c") == (None, ["Completion::a"])


def test_any_end_on_another_cluster_is_refused_by_name(run: Evaluate) -> None:
    # given
    def program() -> None:
        first = cmx.Job("a", command="true", on="big", cluster="gpu")
        cmx.Job("b", command="true", on="big", after=cmx.After(first, any_end=True))

    # then
    words = "site big cannot wait for any end of a job of cluster gpu of site big"
    with pytest.raises(ExperimentError, match=words):
        run(program)


def test_a_site_without_clusters_is_told_of_none(run: Evaluate) -> None:
    def program() -> None:
        cmx.Job("a", command="true", on="sim", cluster="gpu")

    # then
    with pytest.raises(ExperimentError, match=r"'gpu', but site sim \(simulated\) has no clusters"):
        run(program)
