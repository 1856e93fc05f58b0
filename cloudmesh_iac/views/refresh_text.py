"""What has changed outside, in words?"""

from collections import Counter

from rich.text import Text

from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.plan_text import change_lines, unseen_lines
from cloudmesh_iac.views.tables import lines
from cloudmesh_iac.views.words import UNICODE, Marks, Verb, one_line

_WORDS = {Verb.UPDATE: "changed outside", Verb.FORGET: "gone", Verb.READ: "read"}


def refresh_text(plan: Plan, *, marks: Marks = UNICODE, full: bool = False) -> Text:
    """Return what a look has found, as lines. Print it with soft_wrap=True."""
    items = things_of(plan.changes)
    number = Counter(item.verb for item in items)
    parts = [f"{number[verb]:,} {said}" for verb, said in _WORDS.items() if number[verb]]
    if not (number[Verb.UPDATE] or number[Verb.FORGET]):
        parts.insert(0, "nothing has changed outside")
    return lines(
        [
            Text(f"{one_line(str(plan.stack))}: ", style="bold").append(", ".join(parts)),
            *change_lines(plan.changes, marks, full=full),
            *unseen_lines(plan.unseen),
        ]
    )
