"""The abilities of a site that has machines: it installs them, and somebody holds them."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import Installation, Machine, MachineName, Power, Profile, Standing
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import SiteRefused


class HeldElsewhere(SiteRefused):
    """The site's record of a machine carries another lease: it is not to be touched."""


@runtime_checkable
class BootsMachines(Protocol):
    """A site whose machines are switched on, and installed over the network.

    Every call can be repeated, and reads again what it has written. None of them decides who may:
    the lease does. Errors of all: SiteUnreachable, when nobody knows what happened; SiteRefused,
    with the site's own words, when nothing did.
    """

    def profiles(self) -> Sequence[Profile]:
        """Return what can be installed."""
        ...

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        """Write what each machine is to be installed with, and let its next start install it.

        The machines are switched off before. One call is one set of changes: what the site has to
        do once for all of them is done once.
        """
        ...

    def switch(self, machine: Machine, power: Power, *, lease: str = "") -> None:
        """Switch it on or off; return when the controller says that it is so.

        Errors: HeldElsewhere where it is for a lease and the record carries another's mark.
        """
        ...

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        """Say how each of them stands, as many answers as machines. A Failure: nothing is known."""
        ...

    def clear(self, machine: Machine, *, lease: str) -> None:
        """Take a lease's marks off the site's record; one that carries another's is left alone."""
        ...

    def look_after_s(self, looks: int) -> float:
        """Return how many seconds to wait before look number `looks` (the first is 0)."""
        ...


@runtime_checkable
class ReachesMachines(Protocol):
    """A site that can say whether somebody could log in to a machine: an installed one is ready."""

    def reaches(self, machine: Machine) -> bool:
        """Say whether it answers now as an ssh server does. Never raises."""
        ...


@runtime_checkable
class Wipes(Protocol):
    """A site whose machines are wiped before the next holder gets them."""

    @property
    def wipe_profile(self) -> str:
        """Return what is installed to wipe a machine; empty where nothing is.

        Its installation ends like every other: the machine tells its nonce.
        """
        ...


@runtime_checkable
class LimitsInstalls(Protocol):
    """A site that knows how long its installations may take; else it is an hour."""

    @property
    def install_limit_s(self) -> float: ...


@runtime_checkable
class HoldsLeases(Protocol):
    """A site whose machines are handed out for a time. Who may have one is asked of its pool.

    A provider gets its pool from `settings.pools.open_pool(computer)`, once, when it is first asked
    for it. Whoever releases a machine does so through `engine.releasing`.
    """

    @property
    def pool(self) -> Pool: ...
