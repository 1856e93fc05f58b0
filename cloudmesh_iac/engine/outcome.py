"""Sum up a run for people: what was done, what failed, what goes on without us."""

from collections.abc import Iterable, Mapping

from cloudmesh_iac.core.jobs import JobState, Ticket
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
    seen = (
        JobSeen(
            urn=wait.task.goal.urn,
            site=ticket.site,
            remote_id=ticket.shown_id,
            state=wait.waiting.state if wait.waiting else JobState.QUEUED,
            reason=wait.waiting.reason if wait.waiting else "",
            expected_start=wait.waiting.expected_start if wait.waiting else None,
            started_at=wait.waiting.started_at if wait.waiting else None,
            progress=wait.waiting.progress if wait.waiting else None,
        )
        for ticket, wait in waits.items()
    )
    return in_natural_order(seen)


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
