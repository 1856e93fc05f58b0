"""Who has the right to write a stack, and what is that run asked to do?"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that writes a stack.

    `started` is its start in the kernel's own ticks. `system` is where its number means something:
    one boot of one computer, and one space of process numbers there.
    """

    user: str
    host: str
    pid: int
    started: str
    purpose: str
    system: str = ""


class Stop(StrEnum):
    """How a run is asked to stop: as by one Ctrl-C, or as by two."""

    SOON = "soon"
    NOW = "now"


@dataclass(frozen=True, slots=True)
class StopRequest:
    """Somebody wants a run to stop."""

    how: Stop
    user: str
    host: str


@dataclass(frozen=True, slots=True)
class Held:
    """A lock as an observer sees it.

    `token` grows with each taking of the lock, `beat` for as long as its holder lives. `since` is
    None where that was not written down.
    """

    holder: Holder
    token: int = 0
    beat: int = 0
    since: datetime | None = None

    def has_moved(self, earlier: "Held") -> bool:
        """Say whether there was a sign of life since an earlier look."""
        return (self.token, self.beat) != (earlier.token, earlier.beat)
