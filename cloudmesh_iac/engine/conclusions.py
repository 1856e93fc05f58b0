"""How did the work on one resource end in a run?"""

from dataclasses import dataclass
from enum import StrEnum

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.plans import Change


class End(StrEnum):
    """How the work on one resource ended in this run."""

    DONE = "done"
    BAD = "bad"  # it is there, but it is a result with a bad end: a failed job
    FAILED = "failed"
    SKIPPED = "skipped"
    WAITING = "waiting"  # started, not ended
    POSTPONED = "postponed"  # nobody has seen it in a plan yet
    LEFT_OUT = "left out"  # it is new, and a person chose others


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What came of one resource; `state` is set for jobs."""

    change: Change
    end: End
    message: str = ""
    hint: str = ""
    state: JobState | None = None


GAPS = {End.FAILED, End.SKIPPED, End.WAITING, End.POSTPONED, End.LEFT_OUT}
