"""A run that is killed at any boundary of its journal is finished by the next one."""

import shutil
from itertools import count
from pathlib import Path

import pytest

from tests.crash.agreement import assert_agreed
from tests.crash.project import Order, Project, What
from tests.crash.zygote import End, Zygote

_KINDS = ("simulated", "local")


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("what", What)
def test_a_run_that_is_killed_at_a_boundary_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, kind: str, *, what: What
) -> None:
    # given
    project, before = Project(tmp_path / "live", kind), tmp_path / "before"
    project.folder.mkdir()
    if what is not What.FIRST:
        assert zygote.run(project, Order(What.FIRST)) is End.WHOLE
    shutil.copytree(project.folder, before)

    for boundary in count(1):
        # when
        end = zygote.run(project, Order(what, kill_at=boundary))
        assert zygote.run(project, Order(what)) is End.WHOLE

        # then
        assert_agreed(project, what)
        if end is End.WHOLE:
            break
        shutil.rmtree(project.folder)
        shutil.copytree(before, project.folder)
    assert boundary > 10
