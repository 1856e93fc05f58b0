"""Leased machines and runs that die: none is lost, none in two leases, none on for nobody."""

import shutil
from itertools import count
from pathlib import Path

import pytest

from tests.crash.metal import KIND, SITE, MetalProject
from tests.crash.project import Order, What
from tests.crash.zygote import End, Zygote


@pytest.mark.parametrize("what", What)
def test_a_run_that_is_killed_at_any_write_is_finished_by_the_next_one(
    zygote: Zygote, tmp_path: Path, what: What
) -> None:
    # given
    project = MetalProject(tmp_path / "live", KIND)
    before = tmp_path / "before"
    project.folder.mkdir()
    if what is not What.FIRST:
        assert zygote.run(project, Order(What.FIRST)) is End.WHOLE
    shutil.copytree(project.folder, before)

    for boundary in count(1):
        # when
        end = zygote.run(project, Order(what, kill_at=boundary))

        # then
        assert_each_has_one_owner(project)

        # when
        assert zygote.run(project, Order(what)) is End.WHOLE

        # then
        assert_each_has_one_owner(project)
        assert_finished(project, what)
        if end is End.WHOLE:
            break
        shutil.rmtree(project.folder)
        shutil.copytree(before, project.folder)
    assert boundary > 30


def assert_each_has_one_owner(project: MetalProject) -> None:
    held = [str(one.name) for lease in project.pool.leases(SITE) for one in lease.machines]
    assert len(held) == len(set(held)), "none is in two leases"
    assert project.awake() <= set(held), "none is on without an owner"
    assert len(project.pool.machines(SITE)) == 3, "none is lost"


def assert_finished(project: MetalProject, what: What) -> None:
    report = project.report()
    assert (report.failed, report.left, report.unfinished) == ([], [], [])
    assert not report.has_work, "there is nothing left to do"
    leases = project.pool.leases(SITE)
    states = sorted(str(one.state) for one in project.pool.machines(SITE))
    if what is What.DESTROY:
        assert (list(leases), states, project.awake()) == ([], ["free"] * 3, set())
        return
    assert len(leases) == 1, "nothing is leased twice"
    assert states == ["free", "ready", "ready"]
    profile = "rocky-9" if what is What.SECOND else "ubuntu-24.04"
    on = [one for one in project.hardware().values() if one["is_on"]]
    assert [one["on_disk"] for one in on] == [profile, profile]
