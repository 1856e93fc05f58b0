"""The pool of machines: who gets which, for how long? One writer of a pool decides, at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    Needs,
    Reservation,
    Taken,
    Window,
)


class Pool(Protocol):
    """Machines, leases and reservations of all sites.

    Every call is one transaction: two that want the last machine never both get it. Times are
    arguments. A service of the pool's owner may stand behind it as well as a file of our own:
    `settings.pools.open_pool(computer)` returns the one that this person uses, under both engines,
    and a provider that `HoldsLeases` keeps what it returns.

    Errors of all: StoreUnusable.
    """

    # --- inventory --------------------------------------------------------------------------------

    def machines(self, site: SiteName) -> Sequence[Machine]:
        """Return the machines of a site as they stand now, sorted as people count."""
        ...

    def put(self, site: SiteName, machines: Sequence[Machine]) -> None:
        """Add machines, or write over what is said of them; their state and leases stay.

        Errors: UsageProblem for a MAC address that two machines have; nothing is changed.
        """
        ...

    def remove(self, site: SiteName, names: Sequence[MachineName]) -> None:
        """Forget machines. Errors: UsageProblem for one that is held or not there; none is gone."""
        ...

    def set_in_pool(
        self, site: SiteName, names: Sequence[MachineName], *, in_pool: bool, note: str = ""
    ) -> None:
        """Hand machines out, or no longer; who has one keeps it. A broken one is free again.

        Errors: UsageProblem for a name that is not there; nothing is changed.
        """
        ...

    def padding_s(self, site: SiteName) -> float:
        """Return how much time a site wants between two holders of a machine."""
        ...

    def set_padding(self, site: SiteName, seconds: float) -> None: ...

    # --- leases -----------------------------------------------------------------------------------

    def lease(
        self,
        lease: LeaseId,
        site: SiteName,
        *,
        needs: Needs,
        owner: LeaseOwner,
        window: Window,
        now: datetime,
        role: str = "",
        service: str = "",
    ) -> Lease | Taken:
        """Take machines for a window that has begun; the same id again gives the same lease.

        Which ones: those that are reserved for the owner, then the first that fit, as people count.
        A reservation of somebody else in the window is in the way. Errors: UsageProblem for a name
        that is not there.
        """
        ...

    def find(self, lease: LeaseId) -> Lease | None: ...

    def leases(self, site: SiteName | None = None) -> Sequence[Lease]:
        """Return what is held, also what is over and was not released yet; by site and end."""
        ...

    def move(self, lease: LeaseId, machine: LeasedMachine, *, before: LeasedMachine) -> bool:
        """Write where a machine stands now; False when it does not stand at `before` any more.

        One that has failed is broken, also for whoever comes next, until it is ready again or an
        administrator has looked at it.
        """
        ...

    def swap(
        self, lease: LeaseId, broken: MachineName, *, needs: Needs, note: str, now: datetime
    ) -> LeasedMachine | Taken:
        """Mark a machine of a lease as broken, and take another one in its place.

        It is marked also when there is no other one; then it stays in the lease, as failed. Who
        asks has switched it off before: once it is out of the lease, nobody does. Errors:
        UsageProblem for a machine that is not in the lease, and for a lease that is being released.
        """
        ...

    def extend(self, lease: LeaseId, until: datetime, *, now: datetime) -> Lease | Taken:
        """Let a lease end later or sooner; not later than the next reservation of others allows.

        Errors: UsageProblem for one that is not there, or being released, or an end that has
        passed.
        """
        ...

    def end(self, lease: LeaseId, *, now: datetime, if_over: bool = False) -> Lease | None:
        """Let all machines of a lease be releasing, so that nobody can extend it any more.

        The first step of a release, and repeatable. None when it is not there, or `if_over` and
        somebody has extended it meanwhile.
        """
        ...

    def hand_over(self, lease: LeaseId, owner: LeaseOwner) -> Lease:
        """Give a lease to somebody else. Errors: UsageProblem when it is not there."""
        ...

    def describe(self, lease: LeaseId, *, role: str, service: str) -> Lease:
        """Say what a lease is for now. Errors: UsageProblem when it is not there."""
        ...

    def give_back(self, lease: LeaseId, machine: MachineName) -> None:
        """Free a machine of a lease; the last one ends it. One that is gone already is no error."""
        ...

    # --- calendar ---------------------------------------------------------------------------------

    def reserve(
        self, reservation: Reservation, *, needs: Needs, now: datetime
    ) -> Reservation | Taken:
        """Promise machines for a window; the reservation that is returned names them.

        One of the same id is moved: it is not in its own way, and stays when there is no room.
        """
        ...

    def reservations(self, site: SiteName | None = None) -> Sequence[Reservation]: ...

    def cancel(self, reservation: str) -> bool:
        """Give up a reservation; False when there is none of this id."""
        ...

    def next_free(
        self,
        site: SiteName,
        *,
        needs: Needs,
        lasts_s: float,
        now: datetime,
        owner: LeaseOwner | None = None,
        after: datetime | None = None,
    ) -> datetime | None:
        """Return the earliest start of a window that is long enough, None when there is none.

        Not before `after`, else `now`. What is reserved for `owner` is free for them.
        """
        ...

    def free(
        self, site: SiteName, *, needs: Needs, window: Window, now: datetime
    ) -> Sequence[MachineName]:
        """Return all machines that fit and that nobody has in a window, as people count."""
        ...
