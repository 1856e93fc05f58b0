"""What was decided for a thing is told with the thing, in every view."""

import re
from collections.abc import Callable

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.views.graph import graph_of
from cloudmesh_iac.views.graph_mermaid import graph_mermaid
from cloudmesh_iac.views.plan_html import plan_html
from cloudmesh_iac.views.plan_markdown import plan_markdown
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.words import CHOICE
from tests.builders import a_change, a_plan

VIEWS: dict[str, Callable[[Plan], str]] = {
    "text": lambda plan: plan_text(plan).plain,
    "markdown": plan_markdown,
    "html": plan_html,
    "graph": lambda plan: graph_mermaid(graph_of(plan)),
}
DECIDED: Properties = {"name": "lab-root-vm-1", "kind": "vm", "found": {}, "origins": {}}


@pytest.mark.parametrize("view", VIEWS)
def test_a_choice_is_no_thing_of_its_own(view: str) -> None:
    # given
    decided = a_change("head", type_=CHOICE, inputs=DECIDED)

    # when
    text = VIEWS[view](a_plan(decided, a_change("head", site="jetstream2")))

    # then
    assert "choice" not in text.lower()
    assert "head" in text


@pytest.mark.parametrize("view", VIEWS)
def test_a_choice_that_changes_alone_is_told(view: str) -> None:
    decided = a_change("head", Action.UPDATE, type_=CHOICE, inputs=DECIDED)
    text = VIEWS[view](a_plan(decided, a_change("head", Action.SAME)))
    assert re.search("choice +head", text)


@pytest.mark.parametrize("view", ["text", "html"])
def test_what_was_decided_is_told(view: str) -> None:
    decided = a_change("head", type_=CHOICE, inputs=DECIDED)
    assert "lab-root-vm-1" in VIEWS[view](a_plan(decided, a_change("head")))
