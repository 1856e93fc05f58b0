"""Comments on pull requests: valid, short enough, and nothing in them but what we have written."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Plan, Reason
from cloudmesh_iac.core.urns import ResourceType, make_urn
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.views.plan_markdown import LONGEST, code, plan_markdown
from cloudmesh_iac.views.words import one_line
from tests.builders import STACK, a_change, a_plan

PAGE = MarkdownIt("commonmark", {"html": True}).enable("table")
OURS = ("<!-- cmx-plan ", "<details><summary>The whole plan</summary>", "</details>")
CANARY = "canary-81723"


def inline(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def codes(text: str) -> list[str]:
    """Return what stands in code on the page."""
    return [token.content for token in inline(PAGE.parse(text)) if token.type == "code_inline"]


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
nasty = st.sampled_from(
    [
        "`",
        "``a`",
        "a|b",
        "a\\|b",
        "</details>",
        "<script>",
        "@ann",
        "[x](y)",
        "\n# x",
        "```",
        " ",
        "-->",
    ]
)
names = st.one_of(texts, nasty, st.builds("{}{}".format, nasty, texts))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    changes = []
    for number in range(draw(st.integers(0, 8))):
        action = draw(
            st.sampled_from([Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DELETE])
        )
        urn = make_urn(
            stack=STACK.name,
            project=STACK.project,
            parent=None,
            type_=ResourceType("test:index:Thing"),
            name=f"{number}{draw(names)}",
        )
        reason = Reason(Cause.FIELD, draw(names), draw(names), Secret(CANARY))
        losses = tuple(draw(st.lists(names, max_size=2)))
        change = a_change(action=action, reasons=(reason,), losses=losses, site=draw(names))
        changes.append(replace(change, urn=urn))
    return a_plan(*changes)


@given(plans())
def test_a_comment_holds_no_html_and_no_link_but_ours(plan: Plan) -> None:
    # when
    tokens = PAGE.parse(plan_markdown(plan))

    # then
    blocks = [token.content for token in tokens if token.type == "html_block"]
    assert all(block.strip().startswith(OURS) for block in blocks)
    kinds = {token.type for token in inline(tokens)}
    assert kinds <= {"text", "code_inline", "softbreak", "strong_open", "strong_close"}
    assert not [token for token in tokens if token.type == "heading_open"]


@given(plans())
def test_whatever_is_replaced_or_deleted_is_named_and_no_secret_is_told(plan: Plan) -> None:
    # when
    text = plan_markdown(plan)

    # then
    told = " ".join(codes(text))
    for change in plan.changes:
        if change.action in {Action.REPLACE, Action.DELETE}:
            assert one_line(change.urn.split("::")[-1]).strip()[:1] in told
    assert CANARY not in text
    assert len(text) < LONGEST


@given(names)
def test_a_code_span_holds_the_text_as_it_is(text: str) -> None:
    # when
    shown = code(text)

    # then
    wanted = one_line(text).strip()
    assert codes(f"a {shown} b") == ([wanted] if wanted else [])


def test_ten_thousand_changes_are_a_short_comment_that_counts_them() -> None:
    # given
    reason = Reason(Cause.FIELD, "image", "x" * 200, "y" * 200)
    gone = [a_change(f"old-{n}", Action.DELETE) for n in range(4000)]
    new = [a_change(f"vm-{n}", Action.REPLACE, reasons=(reason,)) for n in range(6000)]

    # when
    text = plan_markdown(a_plan(*new, *gone))

    # then
    assert len(text) < LONGEST
    assert "6,000 to replace, 4,000 to delete" in text
    assert "more" in text
    assert text.count("```") % 2 == 0
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all(line.endswith(" |") for line in rows)
