"""Which machines are free, when, and for whom? Half-open spans of time; no clock, no file.

Two spans that only touch do not overlap, unless a site wants time between two holders (`padding`):
then the end of the one and the start of the next are at least so far apart.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cloudmesh_iac.core.metal import (
    Lease,
    LeaseOwner,
    Machine,
    MachineName,
    Needs,
    Reservation,
    Taken,
    Window,
)
from cloudmesh_iac.core.urns import natural_key

OVERDUE = timedelta(minutes=1)
"""A lease that is over and not released is counted as held for so long from now."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A machine that is promised to somebody for a while; `words` tell people who it is."""

    machine: MachineName
    window: Window
    gap: timedelta
    words: str

    def is_in_the_way(self, window: Window) -> bool:
        return (
            window.start < self.window.end + self.gap and self.window.start < window.end + self.gap
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """The machines of one site and who has them, as seen at one moment."""

    machines: Sequence[Machine]
    leases: Sequence[Lease]
    reservations: Sequence[Reservation]
    now: datetime
    padding: timedelta = timedelta()

    def for_lease(
        self, needs: Needs, owner: LeaseOwner, window: Window
    ) -> tuple[MachineName, ...] | Taken:
        """Say which machines somebody gets now: those reserved for them first, as people count."""
        kept = {
            name
            for one in self.reservations
            if is_for(one, owner) and one.window.overlaps(window)
            for name in one.machines
        }
        others = {one.name for one in self.machines} - kept
        holds = [*self._lease_holds(), *self._reservation_holds(owner)]
        held = {name for lease in self.leases for name in lease.names}
        return self._chosen(needs, window, holds=holds, last=others, never=held)

    def for_reservation(
        self, needs: Needs, owner: LeaseOwner, window: Window, *, but_not: str = ""
    ) -> tuple[MachineName, ...] | Taken:
        """Say which machines can be promised to somebody; `but_not` is the reservation they move.

        What somebody holds already can be promised to them for longer; others come first.
        """
        own = [one for one in self.leases if _is_same(one.owner, owner)]
        others = [one for one in self.leases if not _is_same(one.owner, owner)]
        promised = [one for one in self.reservations if one.id != but_not]
        holds = [*self._lease_holds(others), *self._reservation_holds(owner, promised, own=True)]
        held = {name for lease in own if lease.window.overlaps(window) for name in lease.names}
        return self._chosen(needs, window, holds=holds, last=held)

    def longer(self, lease: Lease, until: datetime) -> Taken | None:
        """Say who is in the way of a lease that ends later; None for nobody.

        What was promised for a time that has passed is in nobody's way.
        """
        wanted = Window(lease.window.start, until)
        own = set(lease.names)
        holds = [one for one in self._reservation_holds(lease.owner) if one.machine in own]
        ways = [one for one in holds if one.window.end > self.now and one.is_in_the_way(wanted)]
        if not ways:
            return None
        latest = min(one.window.start - one.gap for one in ways)
        words = tuple(one.words for one in ways)
        return Taken(
            f"lease {lease.id} can last until {moment(latest)} at most: {'; '.join(words)}",
            holders=words,
        )

    def earliest(
        self,
        needs: Needs,
        lasts: timedelta,
        owner: LeaseOwner | None = None,
        *,
        after: datetime | None = None,
    ) -> datetime | None:
        """Return the first moment from which enough machines are free for so long.

        None when there would not be enough of them at any time.
        """
        holds = [*self._lease_holds(), *self._reservation_holds(owner)]
        return self._earliest(needs, lasts, holds=holds, after=after or self.now)

    def free(self, needs: Needs, window: Window) -> tuple[MachineName, ...]:
        """Return all machines that fit and that nobody has in a window, as people count."""
        holds = [*self._lease_holds(), *self._reservation_holds(None)]
        taken = {one.machine for one in holds if one.is_in_the_way(window)}
        return tuple(one.name for one in self._fitting(needs) if one.name not in taken)

    # --- how ----------------------------------------------------------------------------------

    def _chosen(
        self,
        needs: Needs,
        window: Window,
        *,
        holds: Sequence[Hold],
        last: Iterable[MachineName] = (),
        never: Iterable[MachineName] = (),
    ) -> tuple[MachineName, ...] | Taken:
        taken = {one.machine for one in holds if one.is_in_the_way(window)} | set(never)
        later = set(last)
        able = [one.name for one in self._fitting(needs) if one.name not in taken]
        free = [name for name in able if name not in later]
        free += [name for name in able if name in later]
        if len(free) >= needs.how_many:
            return needs.names or _as_people_count(free[: needs.how_many])
        return self._taken(needs, window, holds)

    def _taken(self, needs: Needs, window: Window, holds: Sequence[Hold]) -> Taken:
        fitting = {one.name for one in self._fitting(needs)}
        ways = [one for one in holds if one.machine in fitting and one.is_in_the_way(window)]
        words = tuple({one.words: one for one in ways})
        after = max(self.now, window.start)
        first = self._earliest(needs, window.end - window.start, holds=holds, after=after)
        when = f"next free at {moment(first)}" if first is not None else _too_few(len(fitting))
        out = [out_of_use(one) for one in self.machines if one.name in needs.names]
        why = "; ".join((*filter(None, out), *words[:_MOST]))
        more = f"; and {len(words) - _MOST} more" if len(words) > _MOST else ""
        return Taken(
            f"{what_is_needed(needs)}: not free from {moment(window.start)} to"
            f" {moment(window.end)}{f' ({why}{more})' if why else ''}; {when}",
            next_free=first,
            holders=words,
        )

    def _earliest(
        self, needs: Needs, lasts: timedelta, *, holds: Sequence[Hold], after: datetime
    ) -> datetime | None:
        by_machine: dict[MachineName, list[Hold]] = {one.name: [] for one in self._fitting(needs)}
        if len(by_machine) < needs.how_many:
            return None
        for one in holds:
            if one.machine in by_machine:
                by_machine[one.machine].append(one)
        ends = {one.window.end + one.gap for own in by_machine.values() for one in own}
        starts = sorted({after, *(end for end in ends if end > after)})
        able = (  # behind the last end all are free
            start
            for start in starts
            if _how_many_free(by_machine.values(), Window(start, start + lasts)) >= needs.how_many
        )
        return next(able)

    def _fitting(self, needs: Needs) -> list[Machine]:
        found = {one.name: one for one in self.machines if needs.fits(one) and not out_of_use(one)}
        return [found[name] for name in _as_people_count(found)]

    def _lease_holds(self, leases: Sequence[Lease] | None = None) -> Iterable[Hold]:
        for lease in self.leases if leases is None else leases:
            end = lease.window.end if lease.window.end > self.now else self.now + OVERDUE
            window = Window(min(lease.window.start, self.now), end)
            late = "" if lease.window.end > self.now else ", which is over"
            until = moment(lease.window.end)
            for name in lease.names:
                words = f"{name} is leased to {lease.owner.user} until {until}{late}"
                yield Hold(name, window, self.padding, words)

    def _reservation_holds(
        self,
        owner: LeaseOwner | None,
        reservations: Sequence[Reservation] | None = None,
        *,
        own: bool = False,
    ) -> Iterable[Hold]:
        """Those of others; `own` ones too, which need no time between them."""
        for one in self.reservations if reservations is None else reservations:
            is_own = owner is not None and is_for(one, owner)
            if is_own and not own:
                continue
            gap = timedelta() if is_own else self.padding
            span = f"from {moment(one.window.start)} to {moment(one.window.end)}"
            for name in one.machines:
                yield Hold(name, one.window, gap, f"{name} is reserved for {one.user} {span}")


_MOST = 4


def is_for(reservation: Reservation, owner: LeaseOwner) -> bool:
    """Say whether somebody may use a reservation: their own, or one of their project."""
    is_project = bool(reservation.project) and reservation.project == owner.project
    return reservation.user == owner.user or is_project


def out_of_use(machine: Machine) -> str:
    """Say why nobody gets a machine; nothing for one that is in use."""
    note = f" ({machine.note})" if machine.note else ""
    if machine.is_broken:
        return f"{machine.name} is broken{note}"
    return "" if machine.in_pool else f"{machine.name} is out of the pool{note}"


def what_is_needed(needs: Needs) -> str:
    if needs.names:
        return ", ".join(needs.names)
    asked = [f"{needs.cpus} cpus"] if needs.cpus else []
    asked += [f"{needs.memory_mb / 1024:g} GiB"] if needs.memory_mb else []
    asked += [f"tag {tag}" for tag in sorted(needs.tags)]
    noun = "machine" if needs.count == 1 else "machines"
    with_what = f" with {', '.join(asked)}" if asked else ""
    return f"{needs.count} {noun}{with_what}"


def moment(time: datetime) -> str:
    """Return a time as it stands in messages: `2026-12-01 10:00 UTC`; seconds where there are."""
    text = time.astimezone(UTC).isoformat(sep=" ", timespec="seconds")[:19]
    return f"{text.removesuffix(':00')} UTC"


def _too_few(able: int) -> str:
    """Say why so many machines are free at no time."""
    if not able:
        return "there is none"
    return f"only {able} that would do {'is' if able == 1 else 'are'} in use at all"


def _how_many_free(machines: Iterable[Sequence[Hold]], window: Window) -> int:
    return sum(not any(one.is_in_the_way(window) for one in holds) for holds in machines)


def _as_people_count(names: Iterable[MachineName]) -> tuple[MachineName, ...]:
    keyed = sorted((natural_key(name), name) for name in names)
    return tuple(name for _, name in keyed)


def _is_same(left: LeaseOwner, right: LeaseOwner) -> bool:
    return left.user == right.user
