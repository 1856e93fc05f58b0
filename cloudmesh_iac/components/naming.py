"""Say which thing of the program an error is about."""

from collections.abc import Iterator
from contextlib import contextmanager

from cloudmesh_iac.errors import ExperimentError


@contextmanager
def about(what: str) -> Iterator[None]:
    """Put a name in front of what goes wrong inside the block."""
    try:
        yield
    except ExperimentError as error:
        raise ExperimentError(
            f"{what}: {error.message}", place=error.place, hint=error.hint
        ) from error
