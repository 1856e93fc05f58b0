"""What does a run hear from outside while it holds a lock?"""

from collections.abc import Callable

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.locks import Stop, StopRequest
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import StackLocked


class RunEars:
    """Satisfies `engine.ports.state.Ears`.

    A run that may wait for long says with `on_lost` what ends that; any other one notices a lost
    lock at its next side effect.
    """

    def __init__(self, *, events: Events, interrupt: Callable[[Stop], None]) -> None:
        self.on_lost: Callable[[StackLocked], None] = lambda _: None
        self._events = events
        self._interrupt = interrupt

    def stop(self, request: StopRequest) -> None:
        self._events.tell(Noticed(f"asked to stop by {request.user} on {request.host}"))
        self._interrupt(request.how)

    def lost(self, error: StackLocked) -> None:
        self.on_lost(error)
