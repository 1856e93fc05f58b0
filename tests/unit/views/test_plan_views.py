"""What a plan's text and JSON say in the cases beside the golden files."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.values import (
    UNKNOWN,
    Archive,
    Asset,
    AssetKind,
    OutputValue,
    Reference,
    Secret,
    Value,
)
from cloudmesh_iac.views.differences import differences
from cloudmesh_iac.views.items import how_many_change, items_of, verb_of_job
from cloudmesh_iac.views.plan_json import json_text, plan_dict, plan_digest
from cloudmesh_iac.views.plan_text import plan_text
from cloudmesh_iac.views.values_json import Hide, json_value, told_apart
from cloudmesh_iac.views.values_text import value_text
from cloudmesh_iac.views.words import Verb
from tests.unit.views import plans
from tests.unit.views.builders import (
    EXPERIMENT,
    ROOT,
    STACK,
    SWEEP,
    a_change,
    a_job,
    a_plan,
    an_urn,
    levels,
    printed,
)
from tests.unit.views.outcomes import submission


@pytest.mark.parametrize(
    ("first", "second", "verb"),
    [
        (Action.CREATE, Action.CREATE, Verb.CREATE),
        (Action.SAME, Action.SAME, Verb.SAME),
        (Action.SAME, Action.CREATE, Verb.WAIT),
        (Action.SAME, Action.UPDATE, Verb.READ_AGAIN),
        (Action.SAME, Action.REPLACE, Verb.READ_AGAIN),
        (Action.UPDATE, Action.SAME, Verb.UPDATE),
        (Action.UPDATE, Action.REPLACE, Verb.REPLACE),
        (Action.REPLACE, Action.REPLACE, Verb.REPLACE),
        (None, Action.DELETE, Verb.DELETE),
        (Action.DELETE, None, Verb.DELETE),
    ],
)
def test_a_job_is_one_thing(first: Action | None, second: Action | None, verb: Verb) -> None:
    assert verb_of_job(first, second) is verb


def test_a_replaced_object_that_is_still_there_has_a_line_beside_its_successor() -> None:
    # given
    urn = an_urn(plans.VM, "head")
    plan = a_plan(
        a_change(urn, Action.SAME, creation=2),
        a_change(urn, Action.DELETE, Reason(Cause.LEFTOVER), creation=1),
    )

    # then
    assert [item.verb for item in items_of(plan.changes)] == [Verb.SAME, Verb.DELETE]
    assert "- instance  head  left over from a replacement" in printed(plan_text(plan))


def test_what_the_second_half_says_because_of_the_first_is_left_out() -> None:
    (item,) = items_of(
        a_job(
            "pi/n=1",
            Action.REPLACE,
            Action.REPLACE,
            Reason(Cause.FIELD, "command", "./pi", "./pi --fast"),
        )
    )
    assert [reason.key for reason in item.reasons] == ["command"]


def test_markup_in_names_and_values_is_shown_as_it_is() -> None:
    # given
    plan = a_plan(
        a_change(
            an_urn(plans.VM, "[bold]head[/bold]"),
            Action.UPDATE,
            Reason(Cause.FIELD, "[red]", "[/red]", "\x1b[31mx"),
            site="[link=x]",
        )
    )

    # then
    text = printed(plan_text(plan))
    assert "[bold]head[/bold]" in text
    assert "[red] [/red] ->" in text
    assert "\x1b" not in text


def test_the_stack_and_the_experiment_have_a_line_only_where_a_field_changes() -> None:
    # given
    changed = a_change(
        EXPERIMENT, Action.UPDATE, Reason(Cause.FIELD, "ttl", "4h", "8h"), parent=ROOT
    )

    # then
    assert "experiment" not in printed(plan_text(a_plan(*levels(Action.CREATE))))
    assert "~ experiment  hello  ttl 4h -> 8h" in printed(plan_text(a_plan(levels()[0], changed)))


def test_an_empty_stack_says_so() -> None:
    assert printed(plan_text(a_plan())) == "hello: nothing declared\nnothing to change\n"


def test_only_waiting_is_no_change() -> None:
    plan = a_plan(*a_job("pi/n=1", Action.SAME, Action.CREATE, Reason(Cause.RESUMED)))
    text = printed(plan_text(plan))
    assert text.startswith("hello: 1 to wait for\n")
    assert text.endswith("nothing to change, only to wait\n")


def test_a_component_around_one_job_of_its_name_has_no_line() -> None:
    job = an_urn("cmx:index:Job", "check", EXPERIMENT)
    plan = a_plan(
        *levels(),
        a_change(job, Action.CREATE),
        *a_job("check", Action.CREATE, Action.CREATE, parent=job),
    )
    assert printed(plan_text(plan)) == "hello: 1 to create\n  + job  check  local\n"


def test_default_providers_are_nobody_s_business() -> None:
    plan = a_plan(a_change(an_urn("pulumi:providers:aws", "default_7_0_0"), Action.CREATE))
    assert printed(plan_text(plan)) == "hello: nothing declared\nnothing to change\n"


def test_many_alike_are_folded_unless_all_are_asked_for() -> None:
    plan = plans.a_wide_sweep(10_000)
    folded, full = printed(plan_text(plan)), printed(plan_text(plan, full=True))
    assert folded.count("\n") == 6
    assert "and 9,997 more" in folded
    assert full.count("\n") == 10_002


def test_a_dozen_alike_are_not_folded() -> None:
    assert "more" not in printed(plan_text(plans.a_wide_sweep(12)))


@pytest.mark.parametrize(
    ("value", "text", "as_json"),
    [
        (None, "(not set)", None),
        (True, "true", True),
        (4.0, "4", 4),
        (0.1, "0.1", 0.1),
        (float("nan"), "nan", "nan"),
        ("", '""', ""),
        ("a b", '"a b"', "a b"),
        (UNKNOWN, "(known after up)", {"unknown": True}),
        (Secret("pw"), "[secret]", {"secret": True}),
        (OutputValue("pw", is_secret=True, dependencies=()), "[secret]", {"secret": True}),
        (OutputValue("x", is_secret=False, dependencies=()), "x", "x"),
        ((1, Secret("pw")), "[1, [secret]]", [1, {"secret": True}]),
        ({"k": ("x",)}, "{k: [x]}", {"k": ["x"]}),
        (Reference(SWEEP, "7"), "sweep pi", {"urn": SWEEP, "id": "7"}),
        (
            Asset(AssetKind.TEXT, "a\nb"),
            "text of 2 lines",
            {"asset": "text", "content": "a\nb", "sha256": ""},
        ),
        (
            Archive(None, "", (("m", Asset(AssetKind.PATH, "x")),)),
            "archive of 1 members",
            {
                "archive": "members",
                "content": "",
                "sha256": "",
                "members": {"m": {"asset": "path", "content": "x", "sha256": ""}},
            },
        ),
    ],
)
def test_every_kind_of_value_has_a_text_and_a_json_form(
    value: Value, text: str, as_json: object
) -> None:
    assert value_text(value) == text
    assert json_value(value) == as_json


def test_a_difference_is_shown_where_it_is() -> None:
    # given
    old: Value = {"same": 1, "gone": 2, "deep": {"a": "x" * 100 + "1"}}
    new: Value = {"same": 1.0, "deep": {"a": "x" * 100 + "2"}, "added": True}

    # when
    found = {item.key: (item.old, item.new) for item in differences("f", old, new)}

    # then
    assert list(found) == ["f.deep.a", "f.added", "f.gone"]
    assert found["f.deep.a"] == (f"...{'x' * 16}1", f"...{'x' * 16}2")
    assert found["f.gone"] == ("2", "(not set)")


def test_a_long_line_diff_is_cut_unless_all_is_asked_for() -> None:
    # given
    old, new = ("\n".join(f"{word} {n}" for n in range(30)) for word in ("old", "new"))
    plan = a_plan(
        a_change(an_urn(plans.VM, "v"), Action.UPDATE, Reason(Cause.FIELD, "script", old, new))
    )

    # then
    assert "... 40 more lines" in printed(plan_text(plan))
    assert "+ new 29" in printed(plan_text(plan, full=True))


def test_what_is_hidden_of_a_field_is_said_and_not_shown() -> None:
    # given
    old: Value = {"script": "first words", "size": 1}
    new: Value = {"script": "other words", "size": 2}
    reason = Reason(Cause.FIELD, "job", old, new, hides=("job.script",))
    plan = a_plan(a_change(an_urn(plans.VM, "v"), Action.UPDATE, reason))

    # when
    text, document = printed(plan_text(plan)), json_text(plan_dict(plan))

    # then
    assert "job.size 1 -> 2\n" in text
    assert "job.script changes (hidden)\n" in text
    assert '"hidden": [\n            "job.script"' in document
    assert not any("words" in one for one in (text, document))


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            Reason(Cause.DEPENDENCY, key="host", urn=an_urn(plans.VM, "head")),
            "host comes from instance head, which is replaced",
        ),
        (Reason(Cause.DEPENDENCY, urn=an_urn(plans.VM, "head")), "instance head is replaced"),
        (Reason(Cause.FIELD, key="lease", note="it was ended"), "lease changes (it was ended)"),
        (Reason(Cause.RERUN, note="run 2"), "asked for, run 2"),
        (Reason(Cause.FAILED, urn=submission("pi/n=1")), "job pi/n=1 failed"),
    ],
)
def test_each_cause_has_a_sentence(reason: Reason, said: str) -> None:
    plan = a_plan(a_change(an_urn(plans.VM, "v"), Action.REPLACE, reason, line=3))
    assert f"± instance  v  replaced: {said} (stacks/hello.py:3)\n" in printed(plan_text(plan))


def test_what_a_run_will_be_busy_with_is_known_before() -> None:
    assert how_many_change(plans.everything().changes) == 11
    assert how_many_change(plans.a_wide_sweep(100).changes) == 100
    assert how_many_change(plans.nothing().changes) == 0


def test_a_digest_is_that_of_the_plan_and_of_nothing_else() -> None:
    digest = plan_digest(plans.everything())
    assert digest == plan_digest(plans.everything())
    assert len(digest) == 64
    assert digest != plan_digest(plans.nothing())


def test_the_digest_sees_the_inputs_of_what_is_made() -> None:
    urn = an_urn(plans.VM, "head")
    small, large = (
        a_plan(a_change(urn, Action.CREATE, inputs={"flavor": flavor}))
        for flavor in ("small", "large")
    )
    assert plan_digest(small) != plan_digest(large)


def test_json_keeps_both_halves_of_a_job_and_counts_one() -> None:
    document = plan_dict(plans.nothing())
    assert document["summary"] == {"same": 1}
    assert document["stack"] == STACK.name
    assert isinstance(document["changes"], list)
    assert len(document["changes"]) == 5


def test_two_plans_with_another_secret_differ_where_secrets_can_be_told_apart() -> None:
    # given
    def a_plan(secret: str, hide: Hide) -> str:
        change = replace(plans.everything().changes[0], inputs={"in": ({"pw": Secret(secret)},)})
        plan = replace(plans.everything(), changes=(change,), outputs={"out": Secret(secret)})
        return json_text(plan_dict(plan, hide))

    told = told_apart(lambda value: f"<{len(str(value))}>")
    missing = told_apart(lambda _: None)

    # then
    assert a_plan("canary", told) != a_plan("canary2", told)
    assert a_plan("canary", missing) == a_plan("canary2", missing)
    assert '"hmac": "<6>"' in a_plan("canary", told)
    assert '"may_have_changed": true' in a_plan("canary", missing)
    assert "canary" not in a_plan("canary", told) + a_plan("canary", missing)
