"""Axes and charts: where things lie, and what is left out."""

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.views.chart import Chart, chart_of_results
from cloudmesh_iac.views.chart_svg import chart_svg
from cloudmesh_iac.views.chart_text import chart_text
from cloudmesh_iac.views.scales import has_place, labels, scale_of
from tests.unit.views import charts, outcomes

_NUMBERS = st.floats(min_value=-1e12, max_value=1e12)


@pytest.mark.parametrize(
    ("values", "is_log", "ticks"),
    [
        ([0, 10], False, ["0", "2", "4", "6", "8", "10"]),
        ([1, 9], False, ["0", "2", "4", "6", "8", "10"]),
        ([100, 101], False, ["100", "100.2", "100.4", "100.6", "100.8", "101"]),
        ([-3, 2], False, ["-3", "-2", "-1", "0", "1", "2"]),
        ([0, 50_000], False, ["0", "10k", "20k", "30k", "40k", "50k"]),
        ([1, 1e6], True, ["1", "100", "10k", "1M"]),
        ([1, 100], True, ["1", "2", "5", "10", "20", "50", "100"]),
        ([3, 4], True, ["3", "3.5", "4"]),
        ([1e-9, 1e-8], True, ["1e-9", "2e-9", "5e-9", "1e-8"]),
        ([], False, ["0", "0.2", "0.4", "0.6", "0.8", "1"]),
    ],
)
def test_ticks_stand_at_round_numbers(
    values: list[float], *, is_log: bool, ticks: list[str]
) -> None:
    assert [tick.label for tick in scale_of(values, is_log=is_log).ticks(5)] == ticks


def test_labels_of_different_values_differ() -> None:
    assert len(set(labels([1.00000001, 1.00000002]))) == 2


@given(values=st.lists(_NUMBERS), is_log=st.booleans())
def test_an_axis_holds_all_its_values(values: list[float], *, is_log: bool) -> None:
    scale = scale_of(values, is_log=is_log)
    places = [scale.place(value) for value in values if has_place(value, is_log=is_log)]
    assert all(-1e-6 <= place <= 1 + 1e-6 for place in places)
    scale.ticks(5)


@given(
    points=st.lists(st.tuples(_NUMBERS, _NUMBERS)),
    name=st.text(),
    log_x=st.booleans(),
    log_y=st.booleans(),
)
def test_any_chart_is_drawn(
    *, points: list[tuple[float, float]], name: str, log_x: bool, log_y: bool
) -> None:
    # given
    series = {name: tuple(points), "other": ((1.0, 2.0),)}
    chart = Chart(name, name, "y", series, log_x=log_x, log_y=log_y)

    # then
    ET.fromstring(chart_svg(chart))
    assert chart_svg(chart) == chart_svg(chart)
    drawn = chart_text(chart, width=60, height=12, ascii_only=True).split("\n")
    assert all(len(line) <= 60 for line in drawn)


def test_what_has_no_place_is_said() -> None:
    assert charts.error().note() == "1 point left out: not above zero on a log axis"
    assert charts.empty().note() == "no points"
    assert charts.scaling().note() == ""
    nan = Chart("t", "x", "y", {"a": ((1.0, float("nan")), (1.0, 1.0))})
    assert nan.note() == "1 point left out: not a number"


@pytest.mark.parametrize("chart", charts.ALL)
def test_an_ascii_chart_holds_no_other_character(chart: Callable[[], Chart]) -> None:
    assert chart_text(chart(), ascii_only=True).isascii()


def test_a_page_shows_many_series_and_says_how_many_more() -> None:
    series = {f"series {n}": ((1.0, float(n)),) for n in range(20)}
    assert "and 6 more" in chart_svg(Chart("t", "x", "y", series))


def test_results_become_a_chart_with_repeats_averaged_and_failures_left_out() -> None:
    chart = chart_of_results(outcomes.some_results(), "pi", log="x")
    assert chart.x_label == "n"
    assert chart.log_x
    assert not chart.log_y
    assert list(chart.series) == ["method=mc"]
    assert [x for x, _ in chart.series["method=mc"]] == [8.0, 16.0, 100.0]
    assert chart.series["method=mc"][1][1] == pytest.approx(3.140995)
