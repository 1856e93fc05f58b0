"""Which limit of an account or a quality of service says how many jobs there may be?"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.providers.slurm.provider import SlurmProvider
from cloudmesh_iac.providers.slurm.submit_limits import Limit, SubmitLimits, parse_submit_limits
from tests.unit.providers.slurm.fake_slurm import (
    FakeSlurm,
    a_computer,
    a_provider,
    a_site,
    a_start,
)


def _cases() -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "cases" / "limits").glob("*.yaml")):
        case = yaml.safe_load(path.read_text())
        for number, asked in enumerate(case["asked"]):
            yield pytest.param(case, asked, id=f"{path.stem}-{number}")


@pytest.mark.parametrize(("case", "asked"), list(_cases()))
def test_the_smallest_limit_of_a_case_is_named(case: dict[str, str], asked: dict[str, Any]) -> None:
    # given
    limits = parse_submit_limits(case["associations"], case["qualities"])

    # when
    found = limits.tightest(frozenset(asked["accounts"]), frozenset(asked.get("qualities", [""])))

    # then
    assert found == (Limit(asked["most"], asked["limit"]) if "limit" in asked else None)


def test_where_nobody_may_ask_nothing_is_known() -> None:
    assert parse_submit_limits("", "") == SubmitLimits()
    assert SubmitLimits().tightest(frozenset({""}), frozenset({""})) is None


def test_the_accounts_and_qualities_of_the_jobs_are_asked_for(tmp_path: Path) -> None:
    # given: a site with an account of its own
    cluster = FakeSlurm()
    site = a_site(tmp_path, account="science")
    provider = SlurmProvider(site, a_computer(tmp_path), slurm=cluster)

    # when
    provider.forecast([a_start(), a_start("t2", point="b", account="art", qos="high")])

    # then
    assert cluster.asked_limits == [(frozenset({"science", "art"}), frozenset({"", "high"}))]


def test_what_has_no_room_is_told_by_which_limit(tmp_path: Path) -> None:
    # given
    cluster = FakeSlurm(limit=2)
    starts = [a_start(f"t{n}", point=f"s/n={n}", identity=f"i{n}") for n in range(3)]

    # when
    forecast = a_provider(tmp_path, cluster).forecast(starts)
    answers = a_provider(tmp_path, cluster).start(starts)

    # then
    name = "MaxSubmitJobs=2 of account science"
    assert (forecast.room, forecast.limit) == (2, name)
    later = [one for one in answers if isinstance(one, Failure)]
    assert [one.message for one in later] == [f"the site takes no more jobs of yours now ({name})"]
    assert all(one.is_later for one in later)
