"""Which finished work would a plan run again?"""

from collections.abc import Collection
from dataclasses import replace

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan, RunAgain
from cloudmesh_iac.core.records import Record, Snapshot
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE, Urn
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.dynamic.convert import to_python
from cloudmesh_iac.views.words import job_urn

_LOSS = "finished work runs again"
_HOUR_S = 3600


def with_runs_again(
    plan: Plan, snapshot: Snapshot, jobs: Jobs, *, asked_for: Collection[Urn]
) -> Plan:
    """Return the plan with the finished work that it would run once more, as a loss of each job.

    What a person has asked for by name is none, and what the site still has a result of will be
    found there instead.
    """
    done = finished(snapshot)
    again = {
        change.urn: RunAgain(change.urn, _node_hours(change, done[change.urn]))
        for change in filter(runs_anew, plan.changes)
        if change.urn in done and change.urn not in asked_for and not _is_found(change, jobs)
    }
    if not again:
        return plan
    changes = tuple(
        replace(change, losses=(*change.losses, _LOSS)) if change.urn in again else change
        for change in plan.changes
    )
    return replace(plan, changes=changes, again=tuple(again.values()))


def finished(snapshot: Snapshot) -> dict[Urn, Record]:
    """Return how the jobs ended that ended well, by the urn of their submission."""
    return {
        job_urn(record.urn): record
        for record in snapshot.live().values()
        if record.type == JOB_END_TYPE and record.job_state and record.job_state.is_good
    }


def runs_anew(change: Change) -> bool:
    """Say whether a change gives a job a new run: few plans have one, the others save a look."""
    return change.type == JOB_START_TYPE and change.action is Action.REPLACE


def _is_found(change: Change, jobs: Jobs) -> bool:
    return not has_unknown(change.inputs) and jobs.has_result(to_python(change.inputs))


def _node_hours(change: Change, done: Record) -> float | None:
    """It took so long the last time; without that, its walltime is the most that it may take."""
    nodes, seconds = change.inputs.get("nodes"), done.outputs.get("elapsed_s")
    if seconds is None:
        seconds = change.inputs.get("walltime_s")
    if not isinstance(nodes, int | float) or not isinstance(seconds, int | float):
        return None
    return nodes * seconds / _HOUR_S
