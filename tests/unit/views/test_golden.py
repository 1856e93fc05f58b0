"""Every view, rendered, against the file that somebody has looked at."""

from collections.abc import Callable

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.outcomes import Left, Report, RunOutcome
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.views.chart import Chart
from cloudmesh_iac.views.chart_svg import chart_svg
from cloudmesh_iac.views.chart_text import chart_text
from cloudmesh_iac.views.errors_text import error_text
from cloudmesh_iac.views.jobs_text import status_text
from cloudmesh_iac.views.plan_json import json_text, plan_dict
from cloudmesh_iac.views.plan_markdown import Foot, plan_markdown
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.results import results_csv, results_dict, results_text
from cloudmesh_iac.views.run_text import run_text
from cloudmesh_iac.views.words import ASCII
from tests.unit.views import charts, outcomes, plans
from tests.unit.views.builders import STACK, a_console, printed

SameAsGolden = Callable[[str, str], None]


@pytest.mark.parametrize(
    "plan", [plans.everything, plans.a_wide_sweep, plans.a_destroy, plans.nothing]
)
def test_a_plan_as_text(plan: Callable[[], Plan], same_as_golden: SameAsGolden) -> None:
    same_as_golden(f"plan-{plan.__name__}.txt", printed(plan_text(plan())))


def test_a_plan_in_ascii_holds_no_other_character(same_as_golden: SameAsGolden) -> None:
    text = printed(plan_text(plans.everything(), marks=ASCII))
    assert text.isascii()
    same_as_golden("plan-ascii.txt", text)


def test_a_plan_in_colour(same_as_golden: SameAsGolden) -> None:
    text = printed(plan_text(plans.everything()), a_console(terminal=True))
    same_as_golden("plan-colour.txt", text)


@pytest.mark.parametrize(
    "plan", [plans.everything, plans.a_wide_sweep, plans.a_destroy, plans.nothing]
)
def test_a_plan_as_a_comment(plan: Callable[[], Plan], same_as_golden: SameAsGolden) -> None:
    foot = Foot("0a1b", "cmx up --plan hello.plan", is_exact=True)
    same_as_golden(f"plan-{plan.__name__}.md", plan_markdown(plan(), foot))


def test_a_plan_as_json(same_as_golden: SameAsGolden) -> None:
    same_as_golden("plan.json", json_text(plan_dict(plans.everything())))


@pytest.mark.parametrize(
    "outcome", [outcomes.a_good_end, outcomes.a_bad_end, outcomes.a_waiting_end, outcomes.a_destroy]
)
def test_the_end_of_a_run(outcome: Callable[[], RunOutcome], same_as_golden: SameAsGolden) -> None:
    text = printed(run_text(outcome(), now=outcomes.NOW))
    same_as_golden(f"run-{outcome.__name__}.txt", text)


def test_a_destroy_that_left_something(same_as_golden: SameAsGolden) -> None:
    left = (
        Left(SiteName("jetstream2"), "volume data-1"),
        Left(SiteName(""), "key-1: its creation began, and its end was never seen"),
    )
    text = printed(run_text(outcomes.a_destroy(left=left), now=outcomes.NOW))
    same_as_golden("run-left.txt", text)


def test_the_status_of_jobs(same_as_golden: SameAsGolden) -> None:
    text = printed(status_text(STACK, outcomes.some_jobs(), now=outcomes.NOW))
    same_as_golden("status.txt", text)


def test_results_in_three_forms(same_as_golden: SameAsGolden) -> None:
    table = outcomes.some_results()
    same_as_golden("results.txt", printed(results_text(table)))
    same_as_golden("results.csv", results_csv(table))
    same_as_golden("results.json", json_text(results_dict(table)))


@pytest.mark.parametrize("chart", charts.ALL)
def test_a_chart_in_two_forms(chart: Callable[[], Chart], same_as_golden: SameAsGolden) -> None:
    same_as_golden(f"chart-{chart.__name__}.txt", chart_text(chart()) + "\n")
    same_as_golden(f"chart-{chart.__name__}.svg", chart_svg(chart()))


def test_an_error(same_as_golden: SameAsGolden) -> None:
    report = Report(
        "no site is called bigred20",
        subject="bigred20",
        place="stacks/hello.py:12",
        hint="did you mean bigred200?",
    )
    same_as_golden("error.txt", printed(error_text(report)))
