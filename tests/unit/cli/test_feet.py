"""The command below a plan that is shown somewhere else: it asks for the same plan."""

from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.cli.approved import site_parameter
from cloudmesh_iac.cli.feet import foot_of
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Parameter, StackId
from cloudmesh_iac.core.selection import Selection
from cloudmesh_iac.views.plan_json import plan_digest
from cloudmesh_iac.views.values_json import hidden

PLAN = Plan(StackId("lab", "hello"), 0, ())


@pytest.mark.parametrize(
    ("plan", "command"),
    [
        (PLAN, "cmx up hello"),
        (replace(PLAN, stack=StackId("lab", "hello.two")), "cmx up hello --stack two"),
        (
            replace(
                PLAN,
                parameters=(
                    Parameter("repeats", "5", "3", "int", "option"),
                    Parameter("note", "two words", "", "str", "option"),
                    Parameter("most", "9", "9", "int", "default"),
                    site_parameter("cluster"),
                ),
            ),
            "cmx up hello --repeats 5 --note 'two words' --on cluster",
        ),
        (
            replace(PLAN, selection=Selection(("a", "b*"), ("c",), ("d",), target_dependents=True)),
            "cmx up hello --target a --target 'b*' --exclude c --replace d --target-dependents",
        ),
    ],
)
def test_a_plan_that_was_not_saved_is_made_again_from_the_same_words(
    plan: Plan, command: str
) -> None:
    foot = foot_of(plan, hidden)
    assert (foot.command, foot.is_exact) == (command, False)
    assert foot.digest == plan_digest(plan)


def test_only_a_saved_plan_is_carried_out_exactly() -> None:
    foot = foot_of(PLAN, hidden, Path("my plans/p.plan"))
    assert (foot.command, foot.invitation) == (
        "cmx up --plan 'my plans/p.plan'",
        "Apply exactly this",
    )
