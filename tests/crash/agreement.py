"""Do the site and the state agree, and was nothing done twice?"""

from collections import Counter

from tests.crash.project import Project, What

_JOBS = {
    What.FIRST: ["j1 once", "j2 once", "j4 once", "j5 once"],
    What.SECOND: ["j1 again", "j1 once", "j2 once", "j3 once", "j4 once", "j5 once"],
}
_THINGS = ["a", "b", "c", "d", "e", "f", "s0", "s1", "s2", "s3", "s4"]


def assert_agreed(project: Project, what: What, *, after: What | None = None) -> None:
    report, there = project.report(), project.things.there()
    assert report.failed == []
    assert report.left == []
    assert report.unfinished == []
    assert sorted(report.things.values()) == sorted(there), "the state knows what there is"
    assert not report.has_work, "there is nothing left to do"
    done = project.executions()
    if what is What.DESTROY:
        assert there == {}
        assert set(done.values()) <= {1}
        return
    assert sorted(report.things) == sorted([*_THINGS, "new" if what is What.SECOND else "old"])
    assert done == Counter(_JOBS[what]), "each job has run once"
