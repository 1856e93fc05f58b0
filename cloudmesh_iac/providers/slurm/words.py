"""What do Slurm's words for states and reasons mean?"""

from cloudmesh_iac.core.jobs import JobState

# Base states, then the flags that squeue may print in their place. COMPLETING is not the end: the
# job's processes are still being stopped, and only afterwards does Slurm say how it ended.
_STATES = {
    "PENDING": JobState.QUEUED,
    "RUNNING": JobState.RUNNING,
    "SUSPENDED": JobState.RUNNING,
    "COMPLETED": JobState.COMPLETED,
    "FAILED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
    "TIMEOUT": JobState.TIMEOUT,
    "DEADLINE": JobState.TIMEOUT,
    "OUT_OF_MEMORY": JobState.OUT_OF_MEMORY,
    "NODE_FAIL": JobState.NODE_FAIL,
    "BOOT_FAIL": JobState.NODE_FAIL,
    "PREEMPTED": JobState.PREEMPTED,
    "COMPLETING": JobState.RUNNING,
    "CONFIGURING": JobState.RUNNING,
    "POWER_UP_NODE": JobState.RUNNING,
    "RESIZING": JobState.RUNNING,
    "SIGNALING": JobState.RUNNING,
    "STAGE_OUT": JobState.RUNNING,
    "STOPPED": JobState.RUNNING,
    "REQUEUED": JobState.QUEUED,
    "REQUEUE_FED": JobState.QUEUED,
    "REQUEUE_HOLD": JobState.HELD,
    "RESV_DEL_HOLD": JobState.HELD,
    "SPECIAL_EXIT": JobState.HELD,
}

HELD_BY_USER = "JobHeldUser"
_PUT_BACK_HELD = "job requeued in held state"
_HELD = frozenset({HELD_BY_USER, "JobHeldAdmin", "launch failed requeued held", _PUT_BACK_HELD})

_NEVER_SATISFIED = "DependencyNeverSatisfied"
_NEVER = "it will never start: change the job or its site, then `cmx up`"

# Reasons of waiting jobs. Those of ended ones are left over from earlier and mean nothing.
_REASONS = {
    "BadConstraints": f"no node has what the job asks for; {_NEVER}",
    "BeginTime": "it may not begin yet",
    "Cleaning": "its last attempt is still being cleaned up",
    "Dependency": "it waits for another job",
    _NEVER_SATISFIED: f"it waits for a job that can no longer end well; {_NEVER}",
    "InvalidAccount": "its account is not valid",
    "InvalidQOS": "its quality of service is not valid",
    "JobArrayTaskLimit": "as many jobs of its sweep run as may run at a time",
    "JobHeldAdmin": "an administrator holds it",
    HELD_BY_USER: "it is held: `scontrol release` lets it go",
    "Licenses": "it waits for a licence",
    "NodeDown": "a node that it needs is down",
    "PartitionConfig": f"its queue does not allow such a job; {_NEVER}",
    "PartitionDown": "its queue is down",
    "PartitionInactive": "its queue is not active",
    "PartitionNodeLimit": "it asks for more nodes than its queue has; it may never start",
    "PartitionTimeLimit": f"it asks for more time than its queue allows; {_NEVER}",
    "Priority": "jobs with a higher priority are ahead of it",
    "Prolog": "its nodes are being prepared",
    "ReqNodeNotAvail": "a node that it needs is not available",
    "Reservation": "its reservation has not begun",
    "Resources": "it waits for free nodes",
    _PUT_BACK_HELD: "it is held: `scontrol release` lets it go",
    "launch failed requeued held": "its nodes could not start it, and it is held now",
}
# In order: the longer beginning first.
_LIMITS = {
    "AssocGrp": "its account has used up what all its jobs may have together",
    "AssocMax": "it asks for more than its account may have at a time",
    "QOSGrp": "all jobs of its quality of service together have what they may have",
    "QOSMax": "it asks for more than its quality of service allows at a time",
    "Association": "its account has reached a limit",
    "QOS": "its quality of service has reached a limit",
    "MaxMem": f"it asks for more memory than its queue allows; {_NEVER}",
}
_ABOUT_STATES = {
    "SUSPENDED": "it is suspended",
    "STOPPED": "it is stopped",
    "COMPLETING": "it is ending",
    "CONFIGURING": "its nodes are being made ready",
    "POWER_UP_NODE": "its nodes are being switched on",
    "STAGE_OUT": "its data is being moved",
    "DEADLINE": "its deadline has passed",
    "BOOT_FAIL": "a node did not boot",
    "REQUEUE_HOLD": "it was put back into the queue and is held",
    "RESV_DEL_HOLD": "its reservation was deleted, and it is held",
    "SPECIAL_EXIT": "it was put back into the queue and is held",
}


def state_of(word: str, reason: str = "") -> JobState:
    """Say what a state is to us; UNKNOWN for a word that a newer Slurm may have."""
    state = _STATES.get(word, JobState.UNKNOWN)
    if state is JobState.QUEUED and reason in _HELD:
        return JobState.HELD
    return state


def why_waiting(word: str, reason: str, *, restarts: int = 0) -> str:
    """Say in plain words why a job stands where it stands; empty where there is nothing to say."""
    if word not in _STATES:
        return f"Slurm says {word}"
    said = _ABOUT_STATES.get(word, "")
    if not said and state_of(word) is JobState.QUEUED:
        said = _explain(reason)
    if not restarts:
        return said
    again = f"it was put back into the queue {_times(restarts)}"
    return f"{again}; {said}" if said else again


def about_end(word: str, reason: str = "") -> str:
    """Say what an end was, where our own word for it says less than Slurm's."""
    if reason == _NEVER_SATISFIED and state_of(word) is JobState.CANCELLED:
        return "a job that it waited for did not end well, so Slurm took it out of the queue"
    return _ABOUT_STATES.get(word, "")


def _explain(reason: str) -> str:
    # Some reasons carry details: `ReqNodeNotAvail, UnavailableNodes:node1`.
    word, _, details = reason.strip("()").partition(",")
    if word in {"", "None", "WaitingForScheduling"}:
        return ""
    known = _REASONS.get(word) or next(
        (text for start, text in _LIMITS.items() if word.startswith(start)), ""
    )
    if not known:
        return f"Slurm says {reason}"
    return f"{known} ({details.strip()})" if details.strip() else known


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
