"""How long are machines wanted?"""

from dataclasses import dataclass

from cloudmesh_iac.errors import ExperimentError


@dataclass(frozen=True, slots=True)
class Lease:
    """Machines are held for so many hours from the moment they are taken.

    Errors: ExperimentError for a time that is not positive.
    """

    hours: float = 24

    def __post_init__(self) -> None:
        hours: object = self.hours
        is_number = isinstance(hours, int | float) and not isinstance(hours, bool)
        if not is_number or self.hours <= 0:
            raise ExperimentError(f"a lease lasts {self.hours!r} hours", hint="say Lease(hours=24)")
