"""The calendar against one that tries every minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudmesh_iac.core.calendar import Calendar
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    MachineState,
    Needs,
    Reservation,
    Taken,
    Window,
)
from tests.builders import NOON

LAB = SiteName("lab")
USERS = ("ada", "bob")
LAST = 40  # minutes; what begins later finds everything free


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def span(ends: tuple[int, int]) -> Window:
    return Window(minute(ends[0]), minute(ends[1]))


spans = st.tuples(st.integers(-8, 24), st.integers(1, 10)).map(lambda one: (one[0], sum(one)))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Draw up to four machines; each is in one lease at most, and reserved without overlap."""
    count = draw(st.integers(1, 4))
    machines, leases, reservations = [], [], []
    for number in range(count):
        name = MachineName(f"i{number}")
        machines.append(
            Machine(
                name,
                mac="",
                cpus=draw(st.sampled_from((4, 8))),
                in_pool=draw(st.integers(0, 5)) > 0,
                is_broken=draw(st.integers(0, 5)) == 0,
            )
        )
        if draw(st.booleans()):
            end = draw(st.integers(-5, 12))
            held = LeasedMachine(name, MachineState.READY, NOON, nonce="")
            owner = LeaseOwner(draw(st.sampled_from(USERS)), "")
            window = Window(minute(-20), minute(end))
            leases.append(Lease(LeaseId(f"L{number}"), LAB, owner, window, (held,)))
        for which, ends in enumerate(draw(st.lists(spans, max_size=3))):
            user = draw(st.sampled_from(USERS))
            promised = Reservation(f"R{number}.{which}", LAB, (name,), span(ends), user)
            reservations.append(promised)
    padding = timedelta(minutes=draw(st.integers(0, 3)))
    return Calendar(machines, leases, reservations, NOON, padding)


needs = st.builds(Needs, count=st.integers(1, 4), cpus=st.sampled_from((0, 8)))


@dataclass(frozen=True)
class Ask:
    """Who wants machines, in the minutes from `start` to `end`."""

    start: int
    end: int
    user: str = ""


def is_free(calendar: Calendar, machine: Machine, ask: Ask) -> bool:
    """Look at each minute of a window, and of the padding around it."""
    padding = round(calendar.padding.total_seconds() / 60)
    around = {minute(number) for number in range(ask.start - padding, ask.end + padding)}
    for lease in calendar.leases:
        if machine.name in {one.name for one in lease.machines}:
            over = lease.window.end <= NOON
            last = minute(1) if over else lease.window.end  # a minute from now
            if any(lease.window.start <= one < last for one in around):
                return False
    promised = [
        one
        for one in calendar.reservations
        if machine.name in one.machines and one.user != ask.user
    ]
    return not any(one.window.has(moment) for one in promised for moment in around)


def fitting(calendar: Calendar, wanted: Needs) -> Sequence[Machine]:
    return [
        one
        for one in calendar.machines
        if one.in_pool and not one.is_broken and one.cpus >= wanted.cpus
    ]


def free_ones(calendar: Calendar, wanted: Needs, ask: Ask) -> Sequence[Machine]:
    return [one for one in fitting(calendar, wanted) if is_free(calendar, one, ask)]


asks = st.builds(Ask, st.just(0), st.integers(1, 9), st.sampled_from((*USERS, "")))


@settings(max_examples=150, deadline=None)
@given(calendars(), needs, asks)
def test_the_earliest_start_is_the_first_minute_at_which_enough_are_free(
    calendar: Calendar, wanted: Needs, ask: Ask
) -> None:
    # given
    starts = (
        minute(start)
        for start in range(LAST + 1)
        if len(free_ones(calendar, wanted, Ask(start, start + ask.end, ask.user))) >= wanted.count
    )

    # when
    owner = LeaseOwner(ask.user, "") if ask.user else None
    found = calendar.earliest(wanted, timedelta(minutes=ask.end), owner)

    # then
    assert found == next(starts, None)


@settings(max_examples=150, deadline=None)
@given(calendars(), needs, asks)
def test_a_lease_gets_machines_exactly_when_enough_are_free_and_else_the_next_time(
    calendar: Calendar, wanted: Needs, ask: Ask
) -> None:
    # given
    owner = LeaseOwner(ask.user, "")
    free = {one.name for one in free_ones(calendar, wanted, ask)}

    # when
    answer = calendar.for_lease(wanted, owner, span((0, ask.end)))

    # then
    if isinstance(answer, Taken):
        assert len(free) < wanted.count
        assert answer.next_free == calendar.earliest(wanted, timedelta(minutes=ask.end), owner)
    else:
        assert len(set(answer)) == wanted.count
        assert set(answer) <= free


@settings(max_examples=150, deadline=None)
@given(calendars(), needs, spans)
def test_what_is_free_for_nobody_in_particular_is_free_of_everybody(
    calendar: Calendar, wanted: Needs, ends: tuple[int, int]
) -> None:
    found = calendar.free(wanted, span(ends))
    assert found == tuple(one.name for one in free_ones(calendar, wanted, Ask(*ends)))


@settings(max_examples=150, deadline=None)
@given(calendars(), st.integers(1, 12))
def test_a_lease_is_made_longer_exactly_when_no_minute_is_promised_to_others(
    calendar: Calendar, until: int
) -> None:
    for lease in calendar.leases:
        if minute(until) <= lease.window.end:
            continue
        others = [
            one
            for one in calendar.reservations
            if one.user != lease.owner.user
            and one.machines == (lease.machines[0].name,)
            and one.window.end > calendar.now  # what came to nothing is in nobody's way
        ]
        padding = round(calendar.padding.total_seconds() / 60)
        minutes = [minute(number) for number in range(-20 - padding, until + padding)]
        clash = any(one.window.has(moment) for one in others for moment in minutes)
        assert (calendar.longer(lease, minute(until)) is not None) == clash
