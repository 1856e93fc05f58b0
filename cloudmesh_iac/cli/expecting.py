"""When are the new jobs of a plan expected to start, and how many of them have no room yet?"""

from dataclasses import replace

from cloudmesh_iac.core.jobs import Expectation
from cloudmesh_iac.core.plans import Change, ExpectedStart, NoRoom, Plan
from cloudmesh_iac.core.urns import JOB_START_TYPE, Urn
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.providers.batch.identity import PLACEMENT_KEYS
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.dynamic.convert import to_python


def with_expectations(plan: Plan, jobs: Jobs) -> Plan:
    """Return the plan with what the sites of its new jobs expect; most plans have none."""
    new = [one for one in plan.changes if one.starts and one.type == JOB_START_TYPE]
    by_site: dict[str, list[Change]] = {}
    for change in new:
        if change.site and not _leaves_open(change):
            by_site.setdefault(change.site, []).append(change)
    told: dict[Urn, Expectation] = {}
    no_room: list[NoRoom] = []
    for site, changes in sorted(by_site.items()):
        forecast = jobs.forecast(site, [to_python(one.inputs) for one in changes])
        for change, expected in zip(changes, forecast.starts, strict=True):
            if expected is not None:
                told[change.urn] = expected
        if forecast.room is not None and forecast.room < len(changes):
            said = NoRoom(site, len(changes), room=forecast.room, limit=forecast.limit)
            no_room.append(said)
    if not told and not no_room:
        return plan
    return replace(
        plan,
        changes=tuple(_expected(one, told.get(one.urn)) for one in plan.changes),
        no_room=tuple(no_room),
    )


def _leaves_open(change: Change) -> bool:
    """Say whether it is not known yet what the job asks for."""
    asked = {key: one for key, one in change.inputs.items() if key not in PLACEMENT_KEYS}
    return any(map(has_unknown, asked.values()))


def _expected(change: Change, told: Expectation | None) -> Change:
    if told is None or not change.starts:
        return change
    return replace(change, expected_start=ExpectedStart(told.at, told.asked_at))
