"""How does the end of a run look to another program?"""

from typing import Any

from cloudmesh_iac.core.outcomes import JobSeen, RunOutcome


def outcome_dict(outcome: RunOutcome) -> dict[str, Any]:
    """Return the outcome as JSON-able data, versioned."""
    return {
        "version": 1,
        "stack": outcome.stack.name,
        "kind": str(outcome.kind),
        "carried": [{"urn": one.urn, "action": str(one.action)} for one in outcome.carried],
        "failed": [
            {
                "urn": one.urn,
                "message": one.message,
                "hint": one.hint,
                "state": None if one.state is None else str(one.state),
                "needed_by": list(one.users),
            }
            for one in outcome.failed
        ],
        "skipped": [{"urn": one.urn, "because": one.because} for one in outcome.skipped],
        "waiting": [job_dict(one) for one in outcome.waiting],
        "behind": list(outcome.behind),
        "removed": list(outcome.removed),
        "checked_sites": list(outcome.checked_sites),
        "left": [{"site": one.site, "what": one.what} for one in outcome.left],
        "duration_s": round(outcome.duration_s, 3),
        "interrupted": outcome.is_interrupted,
        "remarks": [{"urn": one.urn, "text": one.text} for one in outcome.remarks],
        "appeared": list(outcome.appeared),
    }


def job_dict(job: JobSeen) -> dict[str, Any]:
    times = {
        "expected_start": job.expected_start,
        "started_at": job.started_at,
        "ended_at": job.ended_at,
    }
    return {
        "urn": job.urn,
        "site": job.site,
        "id": job.remote_id,
        "state": str(job.state),
        "reason": job.reason,
        "exit_code": job.exit_code,
        "progress": job.progress,
        **{name: None if time is None else time.isoformat() for name, time in times.items()},
    }
