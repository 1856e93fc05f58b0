"""Who has which machine when: bars over a span of time, each with a letter that is explained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import ascii_uppercase

from cloudmesh_iac.core.metal import Lease, Machine, Reservation, Window
from cloudmesh_iac.core.urns import natural_key

_STEPS_MIN = (5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10080, 43200)


@dataclass(frozen=True, slots=True)
class Bar:
    """A span of one machine. `letter` is a capital for a lease, a small one for a reservation."""

    window: Window
    letter: str


@dataclass(frozen=True, slots=True)
class Row:
    """One machine; `out` says why nobody gets it."""

    name: str
    bars: tuple[Bar, ...]
    out: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """What a letter stands for, and its span of time."""

    letter: str
    words: str
    window: Window
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Gantt:
    """A chart of one site; `now` carries the zone that times are shown in.

    `leases` and `reservations` are those that it shows.
    """

    site: str
    window: Window
    now: datetime
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    leases: tuple[Lease, ...]
    reservations: tuple[Reservation, ...]

    def step(self, most: int) -> timedelta:
        """Return the shortest even length of a column with which at most so many are needed."""
        whole_min = (self.window.end - self.window.start).total_seconds() / 60
        fitting = (one for one in _STEPS_MIN if whole_min / one <= most)
        return timedelta(minutes=next(fitting, max(_STEPS_MIN[-1], -(-int(whole_min) // most))))


def gantt_of(
    site: str,
    machines: Sequence[Machine],
    *,
    leases: Sequence[Lease],
    reservations: Sequence[Reservation],
    window: Window,
    now: datetime,
) -> Gantt:
    """Return the chart of what lies in a window; a lease that is over lasts until now."""
    names = {one.name for one in machines}
    held = tuple(
        one
        for one in leases
        if not names.isdisjoint(one.names) and _held_span(one, now).overlaps(window)
    )
    promised = tuple(
        one
        for one in reservations
        if not names.isdisjoint(one.machines) and one.window.overlaps(window)
    )
    letters = _letters()
    bars: dict[str, list[Bar]] = {name: [] for name in names}
    notes: list[Note] = []
    for lease in held:
        letter = next(letters)
        owner = lease.owner
        stack = f", {owner.project}/{owner.stack}" if owner.stack else ""
        words = f"{lease.id} of {owner.user}{stack}"
        notes.append(Note(letter, words, lease.window, is_over=lease.is_over(now)))
        _add(bars, lease.names, Bar(_held_span(lease, now), letter))
    for one in promised:
        letter = next(letters).lower()
        label = f" ({one.label})" if one.label else ""
        notes.append(Note(letter, f"reservation {one.id} for {one.user}{label}", one.window))
        _add(bars, one.machines, Bar(one.window, letter))
    ordered = sorted(machines, key=lambda one: natural_key(one.name))
    rows = tuple(Row(one.name, tuple(bars[one.name]), _out(one)) for one in ordered)
    return Gantt(site, window, now, rows, tuple(notes), held, promised)


def _held_span(lease: Lease, now: datetime) -> Window:
    """Return how long the machines of a lease are held: until now where it is over."""
    return Window(lease.window.start, max(lease.window.end, now))


def _add(bars: dict[str, list[Bar]], names: Sequence[str], bar: Bar) -> None:
    for name in names:
        if name in bars:
            bars[name].append(bar)


def _letters() -> Iterator[str]:
    while True:
        yield from (one for one in ascii_uppercase if one != "X")


def _out(machine: Machine) -> str:
    if machine.is_broken:
        return f"broken: {machine.note}" if machine.note else "broken"
    if not machine.in_pool:
        return f"out of the pool: {machine.note}" if machine.note else "out of the pool"
    return ""
