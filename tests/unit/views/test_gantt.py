"""A calendar of machines as text and as a picture."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    MachineState,
    Reservation,
    Window,
)
from cloudmesh_iac.views.gantt import Gantt, gantt_of
from cloudmesh_iac.views.gantt_svg import gantt_svg
from cloudmesh_iac.views.gantt_text import gantt_text
from cloudmesh_iac.views.words import ASCII
from tests.builders import NOON
from tests.contract.pools import ADA, BOB, LAB, hours, span

GOLDEN = Path(__file__).parent / "gantt"
NAMES = tuple(map(MachineName, ("i1", "i2", "i10", "g1")))


def a_lease(id_: str, owner: LeaseOwner, window: Window, *names: MachineName) -> Lease:
    held = tuple(LeasedMachine(one, MachineState.READY, NOON, nonce="") for one in names)
    return Lease(LeaseId(id_), LAB, owner, window, held)


def a_promise(id_: str, window: Window, *names: MachineName, label: str = "") -> Reservation:
    return Reservation(id_, LAB, names, window, "carol", label=label)


def a_calendar(window: Window, now: datetime = NOON) -> Gantt:
    machines = [Machine(name, mac="") for name in NAMES]
    machines[2] = replace(machines[2], is_broken=True, note="no <boot>")
    machines[3] = replace(machines[3], in_pool=False)
    leases = [
        a_lease("lease-1", ADA, span(-2, 4), NAMES[0], NAMES[1]),
        a_lease("lease-2", BOB, span(-9, -1), NAMES[3]),
    ]
    promised = [
        a_promise("R1", span(4, 9), NAMES[0], label="ior"),
        a_promise("R2", span(6, 30), NAMES[1]),
        a_promise("R9", span(90, 91), NAMES[1]),
    ]
    return gantt_of(
        SiteName("lab"), machines, leases=leases, reservations=promised, window=window, now=now
    )


def text_of(calendar: Gantt) -> str:
    return f"{gantt_text(calendar).plain}\n"


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("day.txt", lambda: text_of(a_calendar(span(-2, 22)))),
        ("week.txt", lambda: text_of(a_calendar(span(0, 24 * 7)))),
        ("hour.txt", lambda: text_of(a_calendar(span(3.5, 4.5)))),
        ("day.svg", lambda: gantt_svg(a_calendar(span(-2, 22)))),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_a_calendar_looks_as_it_was_approved(name: str, made: Callable[[], str]) -> None:
    assert made() == (GOLDEN / name).read_text()


def test_a_console_without_special_signs_gets_none() -> None:
    assert gantt_text(a_calendar(span(0, 4)), marks=ASCII).plain.isascii()


def test_columns_are_as_short_as_they_can_be() -> None:
    calendar = a_calendar(span(0, 24))
    assert calendar.step(60) == timedelta(minutes=30)
    assert calendar.step(24) == timedelta(hours=1)
    assert a_calendar(span(0, 24 * 900)).step(12) == timedelta(days=75)


def test_what_lies_outside_has_no_letter() -> None:
    assert [one.letter for one in a_calendar(span(50, 60)).notes] == []
    assert hours(50) > NOON
