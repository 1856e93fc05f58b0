"""Sum up a run for people: what was done, what failed, what goes on without us."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cloudmesh_iac.core.jobs import JobState, Ticket, Waiting
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.outcomes import Carried, JobSeen, Remark, SkippedChange
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.urns import Urn, name_of, natural_key
from cloudmesh_iac.engine.conclusions import End
from cloudmesh_iac.engine.open_waits import Wait
from cloudmesh_iac.engine.run import Run


def carried_in(run: Run) -> tuple[Carried, ...]:
    return tuple(
        Carried(urn, conclusion.change.action)
        for urn, conclusion in run.conclusions().items()
        if conclusion.change.custom and conclusion.end in {End.DONE, End.BAD}
    )


def carried_unchanged(plan: Plan) -> tuple[Carried, ...]:
    """Return what a run that changes nothing leaves as it is."""
    return tuple(
        Carried(change.urn, change.action)
        for change in plan.changes
        if change.custom and change.action in {Action.SAME, Action.READ}
    )


def remarks_in(run: Run) -> tuple[Remark, ...]:
    """Return what is worth saying of waits that ended well."""
    return tuple(
        Remark(urn, conclusion.message)
        for urn, conclusion in sorted(run.conclusions().items())
        if conclusion.end is End.DONE and conclusion.change.waits and conclusion.message
    )


def skipped_in(run: Run) -> tuple[SkippedChange, ...]:
    return tuple(
        SkippedChange(urn, conclusion.change.reasons[0].urn or urn)
        for urn, conclusion in run.conclusions().items()
        if conclusion.end is End.SKIPPED and conclusion.change.reasons
    )


def waiting_in(waits: Mapping[Ticket, Wait]) -> tuple[JobSeen, ...]:
    seen = (job_seen(one.task.goal.urn, ticket, one.waiting) for ticket, one in waits.items())
    return in_natural_order(seen)


def job_seen(urn: Urn, ticket: Ticket, waiting: Waiting | None) -> JobSeen:
    """Return how something stands that is waited for; what nobody has told of is queued."""
    seen = JobSeen(urn=urn, site=ticket.site, remote_id=ticket.shown_id, state=JobState.QUEUED)
    if waiting is None:
        return seen
    return replace(
        seen,
        state=waiting.state,
        reason=waiting.reason,
        expected_start=waiting.expected_start,
        started_at=waiting.started_at,
        progress=waiting.progress,
    )


def in_natural_order(jobs: Iterable[JobSeen]) -> tuple[JobSeen, ...]:
    """Sort jobs by name: `n=8` before `n=16`."""
    return tuple(sorted(jobs, key=_name_of))


def _name_of(job: JobSeen) -> tuple[tuple[int, int, str], ...]:
    return natural_key(name_of(job.urn))


def behind(plan: Plan, run: Run) -> tuple[Urn, ...]:
    """Return what was approved and not reached, because it stands behind something that waits."""
    concluded = run.conclusions()
    return tuple(
        change.urn
        for change in plan.changes
        if change.custom
        and change.needs_approval
        and change.action not in {Action.DELETE, Action.FORGET}
        and change.urn not in concluded
    )
