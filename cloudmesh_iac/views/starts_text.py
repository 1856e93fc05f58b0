"""When does a site expect new jobs to begin, in words? The times are in UTC: a plan is for all."""

from collections.abc import Sequence
from datetime import UTC, datetime

from cloudmesh_iac.core.plans import ExpectedStart, Plan
from cloudmesh_iac.views.items import Item
from cloudmesh_iac.views.words import one_line


def start_words(expected: ExpectedStart) -> str:
    return f"expected to start {_time(expected.at)}"


def starts_line(items: Sequence[Item]) -> str:
    """Sum up what the sites expect of all new jobs; empty where none was asked."""
    told = [item for item in items if item.expected_start is not None]
    expected = [item.expected_start for item in told if item.expected_start is not None]
    if not expected:
        return ""
    times = sorted(one.at for one in expected)
    first, last = times[0], times[-1]
    span = _time(first) if first == last else f"between {_time(first)} and {_time(last)}"
    sites = " and ".join(dict.fromkeys(one_line(item.site) for item in told))
    asked = _time(min(one.asked_at for one in expected))
    return f"expected to start {span}, as {sites} said {asked}"


def room_lines(plan: Plan) -> list[str]:
    """Say of which sites some new jobs are submitted only later."""
    return [
        f"{one_line(one.site)} takes {one.room:,} of {one.jobs:,} new jobs now{_by(one.limit)}, the"
        " rest as others end: `cmx wait` and the next `cmx up` submit it"
        for one in plan.no_room
    ]


def _by(limit: str) -> str:
    return f" ({one_line(limit)})" if limit else ""


def _time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
