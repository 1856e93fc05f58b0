"""How does it look what has changed outside?"""

from collections.abc import Callable
from dataclasses import replace

from rich.text import Text

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, Plan, Reason
from cloudmesh_iac.views.plan_json import plan_dict
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.refresh_text import refresh_text
from tests.unit.views.builders import a_change, a_job, a_plan, an_urn, printed

BOX = "test:index:Box"
RED = an_urn(BOX, "red")
CHANGED = a_change(
    RED,
    Action.UPDATE,
    Reason(Cause.FIELD, "colour", "red", "pink", note="the next run puts it back"),
)
GONE = a_change(
    an_urn(BOX, "of_red"), Action.FORGET, Reason(Cause.OUTSIDE, note="it is not there any more")
)


def said(show: Callable[[Plan], Text], plan: Plan) -> list[str]:
    return printed(show(plan)).splitlines()


def same_job(name: str) -> tuple[Change, Change]:
    return a_job(name, Action.SAME, Action.SAME)


def test_what_has_changed_and_what_is_gone_have_their_words() -> None:
    assert said(refresh_text, a_plan(CHANGED, GONE)) == [
        "hello: 1 changed outside, 1 gone",
        "  ~ box  red     colour red -> pink (the next run puts it back)",
        "  - box  of_red  it is not there any more",
    ]


def test_nothing_to_see_is_said() -> None:
    assert said(refresh_text, a_plan()) == ["hello: nothing has changed outside"]


def test_what_nobody_can_look_at_is_named_and_jobs_are_counted_once() -> None:
    # given
    boxes = tuple(an_urn(BOX, f"b{n:02}") for n in range(14))
    jobs = tuple(change.urn for change in (*same_job("one"), *same_job("two")))

    # when
    lines = said(refresh_text, replace(a_plan(), unseen=(*jobs, *boxes)))

    # then
    assert lines[1] == "not looked at: 2 jobs (`cmx status` asks for them)"
    assert lines[2].startswith("not looked at: box b00, box b01, ")
    assert lines[2].endswith("box b11 and 2 more (their provider has no `read`)")


def test_a_plan_that_begins_with_a_look_shows_it_first() -> None:
    # given
    back = a_change(RED, Action.UPDATE, Reason(Cause.FIELD, "colour", "pink", "red"))
    plan = replace(a_plan(back), drift=(CHANGED, GONE), unseen=(an_urn(BOX, "dark"),))

    # when
    lines = said(plan_text, plan)
    told = plan_dict(plan)

    # then
    assert lines == [
        "hello: 1 to update",
        "  changed outside:",
        "    ~ box  red     colour red -> pink (the next run puts it back)",
        "    - box  of_red  it is not there any more",
        "  ~ box  red  colour pink -> red",
        "not looked at: box dark (their provider has no `read`)",
    ]
    assert told["unseen"] == [an_urn(BOX, "dark")]
    assert isinstance(told["drift"], list)
    assert len(told["drift"]) == 2
