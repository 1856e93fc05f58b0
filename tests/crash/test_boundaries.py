"""A run that is killed at any boundary of its journal is finished by the next one."""

import shutil
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from tests.crash.agreement import assert_agreed
from tests.crash.project import Order, Project, What
from tests.crash.zygote import End, Zygote
from tests.rigs.slurm.cluster import SlurmCluster

_KINDS = ("simulated", "local")
_A_FEW = 4  # of the boundaries on Slurm: each run asks its daemons several times


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("what", What)
def test_a_run_that_is_killed_at_a_boundary_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, kind: str, *, what: What
) -> None:
    kill_at_boundaries(zygote, Project(tmp_path / "live", kind), what)


@pytest.mark.parametrize("what", [What.SECOND, What.DESTROY])
def test_a_later_run_on_slurm_that_is_killed_at_some_boundaries_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, slurm: SlurmCluster, *, what: What
) -> None:
    project = Project(tmp_path / "live", "slurm", slurm.environment)
    kill_at_boundaries(zygote, project, what, every=_A_FEW)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("what", [What.SECOND, What.DESTROY])
def test_a_later_run_on_slurm_that_is_killed_at_any_boundary_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, slurm: SlurmCluster, *, what: What
) -> None:
    kill_at_boundaries(zygote, Project(tmp_path / "live", "slurm", slurm.environment), what)


def kill_at_boundaries(zygote: Zygote, project: Project, what: What, *, every: int = 1) -> None:
    """Kill a run at each boundary, or at some of them, and let the same run come to its end."""
    # given
    before = project.folder.with_name("before")
    project.folder.mkdir()
    if what is not What.FIRST:
        assert zygote.run(project, Order(What.FIRST)) is End.WHOLE
    shutil.copytree(project.folder, before)

    for boundary in count(1, every):
        # when
        end = zygote.run(project, Order(what, kill_at=boundary))
        assert zygote.run(project, Order(what)) is End.WHOLE

        # then
        assert_agreed(project, what)
        if end is End.WHOLE:
            break
        shutil.rmtree(project.folder)
        shutil.copytree(before, project.folder)
        project.plant_another_seed()
    assert boundary > 10


def test_a_run_on_slurm_that_is_killed_at_a_boundary_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, slurm: SlurmCluster
) -> None:
    """The run that submits is killed, then the one that collects: the jobs run meanwhile."""
    # given
    submit, collect = Order(What.FIRST, waits=False), Order(What.FIRST)
    projects: list[Project] = []
    end = End.KILLED
    while end is End.KILLED:
        project = Project(tmp_path / str(len(projects) + 1), "slurm", slurm.environment)
        project.folder.mkdir()
        projects.append(project)

        # when
        end = zygote.run(project, replace(submit, kill_at=len(projects)))
        assert zygote.run(project, submit) is End.WHOLE
    for boundary, project in enumerate(projects, 1):
        zygote.run(project, replace(collect, kill_at=boundary))
        assert zygote.run(project, collect) is End.WHOLE

        # then
        assert_agreed(project, What.FIRST)
    assert len(projects) > 10
