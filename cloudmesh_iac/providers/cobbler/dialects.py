"""Which version of Cobbler is it, and which calls does it take?

The two that are known are different in almost every call. Each has a module; a third is refused by
its number.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.cobbler.dialect_33 import Cobbler33
from cloudmesh_iac.providers.cobbler.dialect_40 import Cobbler40
from cloudmesh_iac.providers.cobbler.translate import Fields, What, Write

Call = Callable[..., Any]


class Dialect(Protocol):
    """What we do with a Cobbler, in the calls of one version. Errors: those of the calls."""

    def items(self, what: What) -> Sequence[Fields]:
        """Return all records of a kind."""
        ...

    def fetch(self, what: What, name: str) -> Fields | None:
        """Return a record as it stands, None when there is none."""
        ...

    def write(self, writes: Sequence[Write]) -> Sequence[str]:
        """Write one set of changes, then let Cobbler make its boot files once.

        Returns the id of the task that does that, to be waited for; none where it is done already.
        Errors: SiteRefused for a field that this version does not know.
        """
        ...

    def remove(self, what: What, name: str) -> None:
        """Remove a record, and never what stands on it."""
        ...

    def power(self, name: str, action: str) -> bool:
        """Ask a machine's controller: `on`, `off` or `status`, which says whether it is on."""
        ...


DIALECTS: Mapping[tuple[int, int], Callable[[Call], Dialect]] = {
    (3, 3): Cobbler33,
    (4, 0): Cobbler40,
}


def dialect_of(call: Call) -> Dialect:
    """Ask Cobbler for its version. Errors: SiteRefused for one that is not known."""
    told = call("extended_version")
    version = tuple(told["version_tuple"][:2])
    if version not in DIALECTS:
        raise SiteRefused(
            f"Cobbler {told.get('version', version)} is not supported",
            hint=f"supported are {' and '.join(f'{a}.{b}' for a, b in DIALECTS)}",
        )
    return DIALECTS[version[0], version[1]](call)
