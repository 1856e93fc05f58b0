"""How long are machines wanted?"""

from dataclasses import dataclass

from cloudmesh_iac.errors import ExperimentError

_MOST_HOURS = 36_525 * 24


@dataclass(frozen=True, slots=True)
class Lease:
    """Machines are held for so many hours from the moment they are taken.

    Errors: ExperimentError for a time that is not positive, or longer than a century.
    """

    hours: float = 24

    def __post_init__(self) -> None:
        hours: object = self.hours
        is_number = isinstance(hours, int | float) and not isinstance(hours, bool)
        if not is_number or not 0 < self.hours <= _MOST_HOURS:
            raise ExperimentError(f"a lease lasts {self.hours!r} hours", hint="say Lease(hours=24)")
