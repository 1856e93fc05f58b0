"""What a real Slurm says beforehand: when jobs would start, and how many it lets in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.integration.test_cli_sweeps import Bench, a_bench
from tests.rigs.slurm.cluster import SlurmCluster


@pytest.fixture
def bench(slurm: SlurmCluster, tmp_path: Path) -> Iterator[Bench]:
    with a_bench(slurm, tmp_path) as bench:
        yield bench


@pytest.fixture
def _few(slurm: SlurmCluster) -> Iterator[None]:
    """A quality of service with room for three jobs of a person."""
    for words in ("add qos few MaxSubmitJobsPerUser=3", "modify user root set qos+=few"):
        done = slurm.run(["sacctmgr", "-i", *words.split()])
        assert done.returncode == 0, done.stderr
    yield
    for words in ("modify user root set qos-=few", "delete qos few"):
        slurm.run(["sacctmgr", "-i", *words.split()])


@pytest.mark.timeout(300)
def test_a_plan_says_when_its_jobs_are_expected_to_start(bench: Bench) -> None:
    # given
    bench.sweep(5)

    # when
    plan = bench.cmx("preview", "--json", timeout_s=120).json()
    text = bench.cmx("preview", timeout_s=120).stdout
    comment = bench.cmx("preview", "--markdown", timeout_s=120).stdout

    # then
    told = [one["expected_start"] for one in plan["changes"] if "expected_start" in one]
    assert len(told) == 5
    assert len({one["asked_at"] for one in told}) == 1  # asked once
    at, asked = (datetime.fromisoformat(told[0][key]) for key in ("at", "asked_at"))
    assert abs(at - asked) < timedelta(hours=1)
    line = f"as cluster said {asked:%Y-%m-%d %H:%M} UTC"  # kept: the later ones did not ask
    assert line in text
    assert line in comment
    assert bench.ids() == []

    # when: the cluster cannot be asked
    bench.cmx.environment["SLURM_CONF"] = "/nowhere/slurm.conf"
    offline = bench.cmx("preview", "--json", timeout_s=120).json()

    # then: what it said last
    assert [one["expected_start"] for one in offline["changes"] if "expected_start" in one] == told


@pytest.mark.usefixtures("_few")
@pytest.mark.timeout(600)
def test_a_plan_says_how_many_jobs_have_no_room_and_they_follow(bench: Bench) -> None:
    # given
    bench.sweep(7, fields="qos='few', ")

    # when
    plan = bench.cmx("preview", timeout_s=120).stdout
    first = bench.cmx("up", "--yes", timeout_s=120)
    submitted = len(bench.ids())
    ended = bench.cmx("up", "--yes", "--wait", timeout_s=500)

    # then
    limit = "MaxSubmitJobsPerUser=3 of QOS few"
    words = f"cluster takes 3 of 7 new jobs now ({limit}), the rest as others end"
    assert words in plan, plan
    assert words in first.stdout, first.all
    assert submitted == 3
    assert ended.code == 0, ended.all
    assert sorted(map(int, bench.cmx.ran())) == list(range(7))
    assert {state for state, _ in bench.states().values()} == {"COMPLETED"}
