"""Write the events of a run into a file, a line for each, for other programs."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from cloudmesh_iac.core.events import Event
from cloudmesh_iac.core.outcomes import RunOutcome
from cloudmesh_iac.engine.ports.surroundings import Clock
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.events_json import ended_dict, event_dict, line_of
from cloudmesh_iac.views.values_json import Json


class EventFile:
    """Each line is there as soon as its event is. Safe between threads."""

    def __init__(self, file: Path, clock: Clock) -> None:
        """Errors: UsageProblem for a file that cannot be written."""
        self._clock = clock
        self._lock = threading.Lock()
        try:
            self._file: TextIO = file.open("w", encoding="ascii", buffering=1)
        except OSError as error:
            raise UsageProblem(
                f"the events cannot be written to {file}: {error.strerror}",
                subject=str(file),
                hint="--events names a file in a folder that is there",
            ) from error

    def tell(self, event: Event) -> None:
        self._write(event_dict(event, self._clock.now()))

    def watched(self, work: Callable[[], RunOutcome]) -> RunOutcome:
        """Say how a run ended, also when it broke off."""
        began_s = self._clock.monotonic_s()
        outcome = None
        try:
            outcome = work()
        finally:
            duration_s = self._clock.monotonic_s() - began_s
            self._write(ended_dict(outcome, self._clock.now(), duration_s=duration_s))
        return outcome

    def _write(self, document: dict[str, Json]) -> None:
        with self._lock:
            self._file.write(line_of(document))
