"""When Slurm would start a job is asked once for each request, and seldom."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Expectation, SiteName
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.slurm.lines import parse_expected_start
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from tests.unit.providers.slurm.fake_slurm import (
    NOON,
    FakeSlurm,
    StoppedClock,
    a_computer,
    a_job,
    a_provider,
    a_site,
    a_start,
)

SOON = NOON + timedelta(hours=2)


@pytest.fixture
def cluster() -> FakeSlurm:
    return FakeSlurm(starts_at=SOON)


def questions(cluster: FakeSlurm) -> list[str]:
    return [call for call in cluster.calls if call.startswith("test ")]


def test_each_distinct_request_is_asked_for_once(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    starts = [a_start(f"t{n}", point=f"p/n={n}", nodes=1 + n % 2) for n in range(6)]

    # when
    forecast = a_provider(tmp_path, cluster).forecast(starts)

    # then
    assert forecast.starts == (Expectation(SOON, NOON),) * 6
    assert [call.split()[1] for call in questions(cluster)] == ["--nodes=1", "--nodes=2"]
    assert cluster.submitted == []


def test_an_answer_is_kept_ten_minutes_and_for_all_runs(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    clock = StoppedClock()
    a_provider(tmp_path, cluster, clock).forecast([a_start()])

    # when
    clock.passed_s = 599
    kept = a_provider(tmp_path, cluster, clock).forecast([a_start()])
    clock.passed_s = 601
    anew = a_provider(tmp_path, cluster, clock).forecast([a_start()])

    # then
    assert kept.starts == (Expectation(SOON, NOON),)
    assert anew.starts == (Expectation(SOON, NOON + timedelta(seconds=601)),)
    assert len(questions(cluster)) == 2


def test_sites_keep_their_answers_apart_whatever_their_names(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given
    computer = a_computer(tmp_path)
    first, second = (
        SlurmProvider(replace(a_site(tmp_path), name=SiteName(name)), computer, slurm=cluster)
        for name in ("lab.big", "lab.small")
    )
    first.forecast([a_start()])

    # when
    cluster.starts_at = SOON + timedelta(hours=1)
    forecast = second.forecast([a_start()])

    # then
    assert forecast.starts == (Expectation(SOON + timedelta(hours=1), NOON),)


def test_a_plan_asks_twenty_times_at_most(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    starts = [a_start(f"t{n}", point=f"p/n={n}", nodes=1 + n) for n in range(30)]

    # when
    forecast = a_provider(tmp_path, cluster).forecast(starts)

    # then
    assert len(questions(cluster)) == 20
    assert forecast.starts.count(None) == 10


def test_a_site_that_does_not_answer_is_quoted_and_asked_no_more(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    # given: it answered an hour ago
    clock = StoppedClock()
    a_provider(tmp_path, cluster, clock).forecast([a_start()])
    clock.passed_s = 3600
    cluster.calls.clear()
    cluster.refusal["test"] = SiteUnreachable("no answer")

    # when
    starts = [a_start(), a_start("t2", point="other", nodes=2)]
    forecast = a_provider(tmp_path, cluster, clock).forecast(starts)

    # then
    assert forecast.starts == (Expectation(SOON, NOON), None)
    assert forecast.room is None
    assert len(cluster.calls) == 1


def test_of_a_request_that_would_be_refused_nothing_is_said(
    tmp_path: Path, cluster: FakeSlurm
) -> None:
    cluster.refusal["test"] = SiteRefused("Invalid account")
    starts = [a_start(account="nobody"), a_start("t2", point="other")]
    forecast = a_provider(tmp_path, cluster).forecast(starts)
    assert forecast.starts == (None, Expectation(SOON, NOON))


def test_what_lives_takes_room(tmp_path: Path, cluster: FakeSlurm) -> None:
    # given
    cluster.limit = 10
    cluster.queue = [a_job("7"), a_job("8", tasks=frozenset(range(3))), a_job("9", "FAILED")]

    # then
    assert a_provider(tmp_path, cluster).forecast([a_start()]).room == 6


@pytest.mark.parametrize(
    ("said", "start"),
    [
        (
            "sbatch: Job 26 to start at 2026-03-01T12:00:00 using 2 processors on nodes node[1-2]"
            " in partition batch\n",
            NOON,
        ),
        ("sbatch: lua: welcome\nsbatch: Job 9 to start at 2026-03-01T12:00:00 using 1", NOON),
        ("", None),
    ],
)
def test_the_answer_of_sbatch_is_read(said: str, start: object) -> None:
    assert parse_expected_start(said) == start
