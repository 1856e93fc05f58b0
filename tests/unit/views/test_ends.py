"""How a run's end, its jobs, its results and its errors are told, beside the golden files."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, Report, RunOutcome, SkippedChange
from cloudmesh_iac.core.results import ResultTable, Scalar
from cloudmesh_iac.views.errors_text import error_text
from cloudmesh_iac.views.items import items_of
from cloudmesh_iac.views.jobs_text import status_text
from cloudmesh_iac.views.numbers import column_texts
from cloudmesh_iac.views.results import results_text, sorted_rows
from cloudmesh_iac.views.run_text import done_counts, run_text
from cloudmesh_iac.views.words import Verb
from tests.unit.views import outcomes
from tests.unit.views.builders import ROOT, STACK, SWEEP, a_change, an_urn, printed
from tests.unit.views.outcomes import NOW, both, completion, submission


def test_a_job_is_counted_once_and_where_it_stands() -> None:
    # given
    outcome = replace(
        outcomes.a_waiting_end(),
        carried=(
            Carried(ROOT, Action.CREATE),
            Carried(SWEEP, Action.CREATE),
            Carried(submission("pi/n=1"), Action.CREATE),  # waits
            *both("a", Action.CREATE),
            Carried(submission("b"), Action.SAME),
            Carried(completion("b"), Action.UPDATE),
            Carried(submission("c"), Action.CREATE),
            Carried(completion("c"), Action.CREATE),
            Carried(submission("c"), Action.DELETE),  # the one that was replaced
        ),
    )

    # then
    assert done_counts(outcome) == {Verb.CREATE: 2, Verb.READ_AGAIN: 1}


def test_providers_that_nobody_declared_are_counted_as_little_as_in_a_plan() -> None:
    # given
    names = ("default", "default_3_4_0", "default-east")  # the last one is of a program
    urns = [an_urn("pulumi:providers:openstack", name, ROOT) for name in names]
    made = tuple(Carried(urn, Action.CREATE) for urn in urns)
    outcome = RunOutcome(STACK, UpdateKind.UP, carried=made)
    gone = RunOutcome(STACK, UpdateKind.DESTROY, removed=tuple(urns))

    # then
    assert done_counts(outcome) == {Verb.CREATE: 1}
    assert len(items_of([a_change(urn, Action.CREATE) for urn in urns])) == 1
    text = printed(run_text(gone, now=NOW))
    assert "default-east" in text
    assert "default_3_4_0" not in text
    assert "1 deleted" in text


def test_a_run_with_nothing_to_do_says_so() -> None:
    outcome = RunOutcome(STACK, UpdateKind.UP, duration_s=0.31)
    assert printed(run_text(outcome, now=NOW)) == "done: nothing to do, in 0.3 s\n"


def test_an_interrupted_run_says_so() -> None:
    outcome = RunOutcome(STACK, UpdateKind.UP, duration_s=5, is_interrupted=True)
    assert printed(run_text(outcome, now=NOW)).startswith("interrupted: ")


def test_many_skipped_ones_are_cut_unless_all_are_asked_for() -> None:
    # given
    skipped = tuple(SkippedChange(submission(f"n={n}"), completion("first")) for n in range(50))
    outcome = RunOutcome(STACK, UpdateKind.UP, skipped=skipped)

    # then
    assert "and 38 more lines" in printed(run_text(outcome, now=NOW))
    assert printed(run_text(outcome, now=NOW, full=True)).count("skipped, because") == 50


def test_a_stack_without_jobs_and_a_sweep_without_results_say_so() -> None:
    assert printed(status_text(STACK, (), now=NOW)) == "hello: no jobs\n"
    table = ResultTable("pi", {"n": (1,)}, (), ())
    assert printed(results_text(table)) == "pi: no results yet\n"


def test_columns_that_no_job_fills_are_left_out() -> None:
    (_, head, _) = printed(status_text(STACK, outcomes.some_jobs()[3:], now=NOW)).splitlines()
    assert head.split() == ["job", "site", "id", "state", "elapsed"]


def test_rows_stand_as_their_axes_are_declared() -> None:
    places = [(row.axes["n"], row.axes["method"]) for row in sorted_rows(outcomes.some_results())]
    assert places[:3] == [(8, "mc"), (8, "leibniz"), (16, "mc")]
    assert places[-1] == (100, "mc")


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1, 200, None], ["1", "200", ""]),
        ([1.0, 200.0], ["1", "200"]),
        ([1, 2.5], ["1.0", "2.5"]),
        ([3.14159265, 2.71], ["3.1416", "2.7100"]),
        ([123456.789, 1.5], ["1.235e+05", "1.5"]),
        ([123456.789, 150000.5], ["123457", "150000"]),
        ([1e-12, 2.5e-12], ["1e-12", "2.5e-12"]),
        ([0.00123456, 0.5], ["0.00123", "0.50000"]),
        ([0.0, 0.5], ["0.0", "0.5"]),
        ([float("nan"), 1.5], ["nan", "1.5"]),
        ([True, "x\ny"], ["true", "x\\ny"]),
        ([-12.345678, 3.0], ["-12.346", "3.000"]),
    ],
)
def test_numbers_of_one_column_are_written_alike(values: list[Scalar], texts: list[str]) -> None:
    assert column_texts(values) == texts


def test_a_failed_point_is_visible() -> None:
    assert str(JobState.FAILED) in printed(results_text(outcomes.some_results()))


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (Report("no answer", subject="bigred200"), "error: no answer (bigred200)\n"),
        (Report(""), "error: no message\n"),
        (
            Report("\n".join(f"line [{n}]" for n in range(9))),
            "error: line [0]\n  line [1]\n  line [2]\n  line [3]\n  line [4]\n  line [5]\n"
            "  ... 3 more lines\n",
        ),
        (
            Report("\n".join(f"line {n}" for n in range(9)), is_whole=True),
            "error: line 0\n" + "".join(f"  line {n}\n" for n in range(1, 9)),
        ),
    ],
)
def test_an_error_is_a_few_lines(report: Report, text: str) -> None:
    assert printed(error_text(report)) == text
