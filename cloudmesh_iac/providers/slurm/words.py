"""What do Slurm's words for states and reasons mean?"""

from cloudmesh_iac.core.jobs import JobState

_BASE_STATES = {
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
}
# Flags, which may stand in place of the base state or behind it. Of several the first of these
# counts, in Slurm's own order. COMPLETING is not the end: the job's processes are still being
# stopped, and only afterwards does Slurm say how it ended. REVOKED never is one, whatever it stands
# behind: another cluster of a federation has the job, and CANCELLED is only what became of this
# cluster's copy.
_FLAGS = {
    "REVOKED": JobState.UNKNOWN,
    "COMPLETING": JobState.RUNNING,
    "STAGE_OUT": JobState.RUNNING,
    "CONFIGURING": JobState.RUNNING,
    "POWER_UP_NODE": JobState.RUNNING,
    "RESIZING": JobState.RUNNING,
    "REQUEUE_HOLD": JobState.HELD,
    "SPECIAL_EXIT": JobState.HELD,
    "RESV_DEL_HOLD": JobState.HELD,
    "REQUEUED": JobState.QUEUED,
    "REQUEUE_FED": JobState.QUEUED,
    "STOPPED": JobState.RUNNING,
    "SIGNALING": JobState.RUNNING,
}
# Flags that leave open how the job stands: the base state says it, where there is one.
_REMARKS = {
    "LAUNCH_FAILED": "its nodes could not start it",
    "RECONFIG_FAIL": "its nodes could not be made ready",
    "UPDATE_DB": "",
    "EXPEDITING": "",
}

HELD_BY_USER = "JobHeldUser"
_PUT_BACK_HELD = "job requeued in held state"
_HELD = frozenset({HELD_BY_USER, "JobHeldAdmin", "launch failed requeued held", _PUT_BACK_HELD})

_IS_HELD = "it is held: `scontrol release` lets it go"
_NEVER_SATISFIED = "DependencyNeverSatisfied"
OUT_OF_QUEUE = "Slurm took it out of the queue"
TAKEN_OUT = "a job that it waited for did not end well, so Slurm took it out of the queue"
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
    HELD_BY_USER: _IS_HELD,
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
    _PUT_BACK_HELD: _IS_HELD,
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
    "OUT_OF_MEMORY": "it took more memory than it may have: ask for more with `memory=`",
    "TIMEOUT": "it was stopped at the end of its time: ask for more with `walltime=`",
    "SUSPENDED": "it is suspended",
    "STOPPED": "it is stopped",
    "COMPLETING": "it is ending",
    "CONFIGURING": "its nodes are being made ready",
    "POWER_UP_NODE": "its nodes are being switched on",
    "STAGE_OUT": "its data is being moved",
    "RESIZING": "it is getting other nodes",
    "SIGNALING": "a signal is being sent to it",
    "REQUEUE_FED": "its federation puts it back into the queue",
    "REVOKED": "another cluster of its federation has taken it: ask there how it stands",
    "DEADLINE": "its deadline has passed",
    "BOOT_FAIL": "a node did not boot",
    "REQUEUE_HOLD": _IS_HELD,
    "RESV_DEL_HOLD": "its reservation was deleted, and it is held",
    "SPECIAL_EXIT": _IS_HELD,
}


def state_of(said: str, reason: str = "") -> JobState:
    """Say what a state is to us; UNKNOWN for a word that a newer Slurm may have.

    `said` may be a base state with flags behind it: `PENDING,REQUEUE_HOLD`.
    """
    state = _state(_decisive(said))
    if state is JobState.QUEUED and reason in _HELD:
        return JobState.HELD
    return state


def why_waiting(said: str, reason: str, *, restarts: int = 0) -> str:
    """Say in plain words why a job stands where it stands; empty where there is nothing to say."""
    word = _decisive(said)
    state = _state(word)
    why = _ABOUT_STATES.get(word, "") or _remark(said)
    if not why and state is JobState.QUEUED:
        why = _explain(reason)
    if not why and state is JobState.UNKNOWN:
        why = f"Slurm says {said}"
    if not restarts:
        return why
    again = f"it was put back into the queue {_times(restarts)}"
    return f"{again}; {why}" if why else again


def about_end(said: str, reason: str = "") -> str:
    """Say what an end was, where our own word for it says less than Slurm's."""
    word = _decisive(said)
    if reason == _NEVER_SATISFIED and _state(word) is JobState.CANCELLED:
        return TAKEN_OUT
    return _ABOUT_STATES.get(word, "") or _remark(said)


def is_elsewhere(said: str) -> bool:
    """Say whether this is what a cluster has of a job that another of its federation has taken."""
    return _decisive(said) == "REVOKED"


def _decisive(said: str) -> str:
    """Return the word that counts: one that nobody knows, else a flag, else the base state.

    What a newer Slurm adds may mean that the job goes on, whatever stands in front of it.
    """
    words = [word.strip() for word in said.split(",")]
    news = [word for word in words if _is_new(word)]
    flags = [word for word in _FLAGS if word in words]
    return [*news, *flags, *(word for word in words if word in _BASE_STATES), words[0]][0]


def _state(word: str) -> JobState:
    return (_BASE_STATES | _FLAGS).get(word, JobState.UNKNOWN)


def _is_new(word: str) -> bool:
    return not any(word in known for known in (_BASE_STATES, _FLAGS, _REMARKS))


def _remark(said: str) -> str:
    found = (_REMARKS.get(word.strip(), "") for word in said.split(","))
    return "; ".join(filter(None, found))


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
