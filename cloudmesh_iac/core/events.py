"""What happens during a run, for whoever watches."""

from dataclasses import dataclass
from typing import TypeAlias

from cloudmesh_iac.core.jobs import JobState, Ticket, Waiting
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import Urn


@dataclass(frozen=True, slots=True)
class ChangeStarted:
    urn: Urn
    action: Action


@dataclass(frozen=True, slots=True)
class ChangeWaits:
    """A started thing has a ticket, and was asked about."""

    urn: Urn
    ticket: Ticket
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class ChangeDone:
    """A change was carried out; `state` is set for jobs, `note` says what is worth saying."""

    urn: Urn
    action: Action
    state: JobState | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChangeFailed:
    urn: Urn
    action: Action
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSkipped:
    """Not tried, because what it depends on failed."""

    urn: Urn
    because: Urn


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that the program or a handler printed."""

    text: str
    urn: Urn | None = None
    level: str = "info"


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something about the run itself: a site that does not answer, a recovery."""

    text: str


Event: TypeAlias = (
    ChangeStarted | ChangeWaits | ChangeDone | ChangeFailed | ChangeSkipped | LogLine | Noticed
)
