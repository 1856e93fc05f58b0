"""How long does it take to show a large plan? Prints; asserts no time."""

from collections.abc import Callable
from typing import Protocol

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Plan, Reason
from cloudmesh_iac.views.graph import graph_of
from cloudmesh_iac.views.graph_svg import graph_svg
from cloudmesh_iac.views.plan_html import plan_html
from cloudmesh_iac.views.plan_json import json_text, plan_dict
from cloudmesh_iac.views.plan_markdown import LONGEST, plan_markdown
from cloudmesh_iac.views.plan_text import plan_text
from tests.builders import a_change, a_plan

_ROUNDS = 5
_CHANGES = 10_000


class Benchmark(Protocol):
    """The fixture of pytest-benchmark, as far as we use it."""

    def pedantic(
        self, target: Callable[[], str], *, rounds: int, warmup_rounds: int = 0
    ) -> str: ...


def a_large_plan(changes: int = _CHANGES) -> Plan:
    """Return a plan in which a third each is replaced, updated and deleted."""
    reason = Reason(Cause.FIELD, "image", "rocky-8", "rocky-9")
    actions = (Action.REPLACE, Action.UPDATE, Action.DELETE)
    return a_plan(
        *(
            a_change(f"vm-{n}", actions[n % 3], reasons=(reason,), line=n % 90 + 1)
            for n in range(changes)
        )
    )


def bench_markdown_of_10000_changes(benchmark: Benchmark) -> None:
    plan = a_large_plan()
    text = benchmark.pedantic(lambda: plan_markdown(plan), rounds=_ROUNDS, warmup_rounds=1)
    assert len(text) < LONGEST


def bench_text_of_10000_changes(benchmark: Benchmark) -> None:
    plan = a_large_plan()
    benchmark.pedantic(lambda: plan_text(plan).plain, rounds=_ROUNDS, warmup_rounds=1)


def bench_json_of_10000_changes(benchmark: Benchmark) -> None:
    plan = a_large_plan()
    benchmark.pedantic(lambda: json_text(plan_dict(plan)), rounds=_ROUNDS, warmup_rounds=1)


def bench_page_of_10000_changes(benchmark: Benchmark) -> None:
    plan = a_large_plan()
    benchmark.pedantic(lambda: plan_html(plan), rounds=_ROUNDS, warmup_rounds=1)


def bench_svg_of_1000_things(benchmark: Benchmark) -> None:
    plan = a_large_plan(1_000)
    benchmark.pedantic(lambda: graph_svg(graph_of(plan), "hello"), rounds=_ROUNDS, warmup_rounds=1)
