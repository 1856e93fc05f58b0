"""How does a list of stacks look?"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.text import Text

from cloudmesh_iac.core.records import StackSummary
from cloudmesh_iac.views.tables import columns, lines


def stacks_text(stacks: Sequence[StackSummary], *, current: str | None, now: datetime) -> Text:
    """Return one line per stack; the selected one has a star. Times are in the zone of `now`."""
    if not stacks:
        return Text("no stacks")
    head = [Text(name, style="bold") for name in ("", "stack", "project", "resources", "changed")]
    return lines(
        columns([head, *(_row(one, current=current, now=now) for one in stacks)], right=[3])
    )


def _row(one: StackSummary, *, current: str | None, now: datetime) -> list[Text]:
    star = "*" if one.stack.name == current else ""
    changed = "" if one.changed_at is None else f"{one.changed_at.astimezone(now.tzinfo):%F %H:%M}"
    waiting = f" ({one.waiting} waiting)" if one.waiting else ""
    cells = (star, one.stack.name, one.stack.project, f"{one.records:,}{waiting}", changed)
    return [Text(cell) for cell in cells]


def stacks_dict(stacks: Sequence[StackSummary], *, current: str | None) -> list[dict[str, Any]]:
    return [
        {
            "name": one.stack.name,
            "project": one.stack.project,
            "resources": one.records,
            "waiting": one.waiting,
            "changed_at": None if one.changed_at is None else one.changed_at.isoformat(),
            "program": one.program,
            "selected": one.stack.name == current,
        }
        for one in stacks
    ]
