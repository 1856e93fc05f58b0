"""How a run ended, and how its jobs stand: what the views are handed afterwards."""

from dataclasses import dataclass
from datetime import datetime

from cloudmesh_iac.core.jobs import JobState, SiteName
from cloudmesh_iac.core.journal import UpdateKind
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import Urn


@dataclass(frozen=True, slots=True)
class Report:
    """One thing that went wrong, ready to be shown; the parts of a CmxError.

    A message `is_whole` where each of its lines is to be put right, so that none may be cut.
    """

    message: str
    subject: str | None = None
    place: str | None = None
    hint: str | None = None
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """One change that was carried out; SAME for what was looked at and left alone."""

    urn: Urn
    action: Action


@dataclass(frozen=True, slots=True)
class FailedChange:
    """A change that failed, or a job that ended badly (then `state` says how).

    `users` are resources of the program that cannot be without it, where it is none of the program
    itself: people look for the first of them.
    """

    urn: Urn
    message: str
    hint: str = ""
    state: JobState | None = None
    users: tuple[Urn, ...] = ()

    @property
    def sought(self) -> Urn:
        """Return what the program knows it by."""
        return self.users[0] if self.users else self.urn


@dataclass(frozen=True, slots=True)
class SkippedChange:
    urn: Urn
    because: Urn


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job as last seen. `urn` is one of its two resources; times are aware.

    `progress` is per cent, by what a running job itself says.
    """

    urn: Urn
    site: SiteName
    remote_id: str
    state: JobState
    reason: str = ""
    expected_start: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    exit_code: int | None = None
    progress: int | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is still there after a destroy, or with an empty `site` may be there."""

    site: SiteName
    what: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a change that went well otherwise: a metric that was not found."""

    urn: Urn
    text: str


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The end of one run.

    `carried` holds what was done, one entry per resource. `waiting` are the jobs that were let go,
    `behind` what could not be done before they end. `removed` are the resources that a destroy took
    away, in order; `checked_sites` were asked afterwards what is left, `left` is their answer.

    `appeared` are resources that no plan could show, because the program declares them behind a
    value that only this run has made known: they want a plan of their own.
    """

    stack: StackId
    kind: UpdateKind
    carried: tuple[Carried, ...] = ()
    failed: tuple[FailedChange, ...] = ()
    skipped: tuple[SkippedChange, ...] = ()
    waiting: tuple[JobSeen, ...] = ()
    behind: tuple[Urn, ...] = ()
    removed: tuple[Urn, ...] = ()
    checked_sites: tuple[SiteName, ...] = ()
    left: tuple[Left, ...] = ()
    duration_s: float = 0.0
    is_interrupted: bool = False
    remarks: tuple[Remark, ...] = ()
    appeared: tuple[Urn, ...] = ()
