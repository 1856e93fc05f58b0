"""What the engine needs of the computer that it runs on: the time, and somebody who is told."""

import threading
from datetime import datetime
from typing import Protocol

from cloudmesh_iac.core.events import Event


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the time of day, aware, in UTC."""
        ...

    def monotonic_s(self) -> float: ...

    def asleep_or_awake_s(self) -> float:
        """Return seconds that go on while the computer sleeps."""
        ...

    def wait(self, event: threading.Event, timeout_s: float) -> bool:
        """Wait until the event is set, at most so long; say whether it is set."""
        ...


class Events(Protocol):
    def tell(self, event: Event) -> None:
        """Take an event from any thread; never blocks and never fails."""
        ...
