"""How the machines of a lease go back, over a site that does what a test says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.metal import (
    Installation,
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    MachineState,
    Needs,
    Power,
    Profile,
    Standing,
    Taken,
    Window,
)
from cloudmesh_iac.engine.booting import HeldElsewhere
from cloudmesh_iac.engine.installing import Outfit
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.releasing import put_aside, release, switch_off, undo_start
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.store.ledgers import MemoryLedgers
from cloudmesh_iac.store.pool import LedgerPool
from tests.builders import NOON, HandClock

LAB, LEASE = SiteName("lab"), LeaseId("lease-1")


@dataclass
class Site:
    """Keeps what it is told; `silent` are machines whose controllers do not answer.

    `foreign` are some that somebody else's pool has too.
    """

    silent: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def profiles(self) -> Sequence[Profile]:
        return [Profile("ubuntu")]

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        self.told.append(f"prepare {' '.join(wanted)}")

    def switch(self, machine: Machine, power: Power, *, lease: str = "") -> None:
        if machine.name in self.foreign:
            raise HeldElsewhere(f"its record does not carry {lease}", hint="settle whose it is")
        if machine.name in self.silent:
            raise SiteUnreachable("no answer", hint="look at its cable")
        self.told.append(f"{machine.name} {power}")

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        return {one.name: Standing(Power.ON) for one in machines}

    def clear(self, machine: Machine, *, lease: str) -> None:
        self.told.append(f"clear {machine.name} of {lease}")

    def look_after_s(self, looks: int) -> float:
        return 1.0 + looks


class UnclearSite(Site):
    """A site that writes no records."""

    def clear(self, machine: Machine, *, lease: str) -> None:
        raise SiteUnreachable(f"no writing of {lease} at {machine.name}")


class WipingSite(Site):
    wipe_profile = "wipe"
    install_limit_s = 0.0


@dataclass
class VisitedSite(Site):
    """A site at which the same lease is released once more when a machine is first looked at."""

    wipe_profile = "wipe"
    install_limit_s = 3600.0
    keepers: list[Keeper] = field(default_factory=list)
    answers: list[Sequence[Failure]] = field(default_factory=list)
    looks: int = 0
    nonce: str = ""

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        super().prepare(wanted)
        ((_, installation),) = wanted.values()
        self.nonce = installation.nonce

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        self.looks += 1
        if self.looks == 1:
            self.answers.append(release(LEASE, self.keepers[0]))
        nonce = self.nonce if self.looks > 3 else ""
        return {one.name: Standing(Power.ON, nonce=nonce) for one in machines}

    def look_after_s(self, looks: int) -> float:
        return 0.0 * looks


@dataclass
class OffSite(WipingSite):
    """A site that wipes, and whose machines are on or off as a test says."""

    power: Power = Power.OFF

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        return {one.name: Standing(self.power) for one in machines}


@dataclass
class TakingSite(WipingSite):
    """A site at which another run gives the machine back when it is looked at for the last time."""

    keepers: list[Keeper] = field(default_factory=list)
    looks: int = 0

    def standings(self, machines: Sequence[Machine]) -> Mapping[MachineName, Standing | Failure]:
        self.looks += 1
        if self.looks == 2:
            self.keepers[0].pool.give_back(LEASE, machines[0].name)
        return super().standings(machines)


class GivenBack(LedgerPool):
    """A pool in which another run is faster with a release, and somebody has the machines."""

    def end(self, lease: LeaseId, *, now: datetime, if_over: bool = False) -> Lease | None:
        ended = super().end(lease, now=now, if_over=if_over)
        assert ended is not None
        for one in ended.machines:
            super().give_back(lease, one.name)
        next_one(self, len(ended.machines))
        return ended


def next_one(pool: LedgerPool, count: int) -> None:
    """Lease machines to somebody else."""
    window = Window(NOON, NOON + timedelta(hours=1))
    owner, needs = LeaseOwner("bob", "bio"), Needs(count=count)
    pool.lease(LeaseId("lease-2"), LAB, needs=needs, owner=owner, window=window, now=NOON)


class Forgetful(LedgerPool):
    """A pool that does not know its machines any more."""

    def machines(self, site: SiteName) -> Sequence[Machine]:
        del site
        return []


class Overtaken(LedgerPool):
    """A pool in which somebody else moves the machines."""

    def move(self, lease: LeaseId, machine: LeasedMachine, *, before: LeasedMachine) -> bool:
        del lease, machine, before
        return False


class Unmarkable(LedgerPool):
    """A pool in which nothing can be called broken."""

    def move(self, lease: LeaseId, machine: LeasedMachine, *, before: LeasedMachine) -> bool:
        is_broken = machine.state is MachineState.FAILED
        return not is_broken and super().move(lease, machine, before=before)


def a_keeper(
    site: Site, class_: type[LedgerPool] = LedgerPool, *, note: str = "", count: int = 2
) -> tuple[Keeper, Lease]:
    """Return a keeper of machines that are leased, and installed where there is a note."""
    ledgers = MemoryLedgers()
    pool = LedgerPool(ledgers, new_key=lambda: "secret")
    pool.put(LAB, [Machine(MachineName(f"i{n}"), f"02:00:00:00:00:0{n}") for n in (1, 2)])
    lease = pool.lease(
        LEASE,
        LAB,
        needs=Needs(count=count),
        owner=LeaseOwner("ada", "hpc"),
        window=Window(NOON, NOON + timedelta(hours=1)),
        now=NOON,
    )
    assert not isinstance(lease, Taken)
    for one in lease.machines:
        pool.move(LEASE, LeasedMachine(one.name, one.state, NOON, one.nonce, note=note), before=one)
    found = pool.find(LEASE)
    assert found is not None
    return Keeper(site, class_(ledgers, new_key=lambda: "secret"), HandClock()), found


def held(keeper: Keeper) -> list[str]:
    lease = keeper.pool.find(LEASE)
    return [] if lease is None else [str(one.name) for one in lease.machines]


def test_a_machine_is_switched_off_before_its_record_is_cleared_and_it_goes_back() -> None:
    # given
    site = Site()
    keeper, _ = a_keeper(site)

    # when
    failures = release(LEASE, keeper)

    # then
    assert failures == ()
    assert held(keeper) == []
    assert sorted(site.told) == [
        "clear i1 of lease-1",
        "clear i2 of lease-1",
        "i1 off",
        "i2 off",
    ]
    assert site.told.index("i1 off") < site.told.index("clear i1 of lease-1")
    assert release(LEASE, keeper) == ()


def test_what_cannot_be_switched_off_stays_and_the_others_go() -> None:
    keeper, _ = a_keeper(Site(silent={"i2"}))
    (failure,) = release(LEASE, keeper)
    assert failure == Failure(
        "i2 is still held, it could not be released: no answer",
        "look at its cable",
        is_certain=False,
    )
    assert held(keeper) == ["i2"]


@pytest.mark.parametrize("silent", [set(), {"i1"}])
def test_a_machine_whose_marks_cannot_be_taken_off_stays_too(silent: set[str]) -> None:
    site = UnclearSite(silent=silent)
    keeper, _ = a_keeper(site, count=1)
    (failure,) = release(LEASE, keeper)
    assert failure.message.startswith("i1 is still held, it could not be released: no ")
    assert held(keeper) == ["i1"]


def test_a_lease_that_was_extended_meanwhile_is_left_alone() -> None:
    site = Site()
    keeper, _ = a_keeper(site)
    assert release(LEASE, keeper, if_over=True) == ()
    assert (held(keeper), site.told) == (["i1", "i2"], [])


def test_machines_that_the_inventory_does_not_know_go_out_of_the_lease() -> None:
    site = Site()
    keeper, _ = a_keeper(site, Forgetful)
    assert release(LEASE, keeper) == ()
    assert (held(keeper), site.told) == ([], [])


def test_only_what_stands_at_the_note_is_switched_off_and_it_stays_leased() -> None:
    # given
    site = Site()
    keeper, lease = a_keeper(site, note="ubuntu (1)")

    # then
    assert switch_off(lease, keeper, note="rocky (2)") == ()
    assert site.told == []
    assert switch_off(lease, keeper, note="ubuntu (1)") == ()
    assert {"i1 off", "i2 off"} <= set(site.told)
    assert held(keeper) == ["i1", "i2"]


def test_a_broken_machine_that_does_not_answer_is_said_to_be_on_maybe() -> None:
    site = Site(silent={"i2"})
    keeper, lease = a_keeper(site)
    quiet, silent = lease.machines
    assert put_aside(lease, quiet, keeper) is None
    failure = put_aside(lease, silent, keeper)
    assert failure is not None
    assert failure.message == "i2 is still held, it could not be released: no answer"
    assert "clear i2 of lease-1" in site.told, "else nobody could install it when it is whole again"


def test_a_machine_that_somebody_elses_pool_has_too_goes_back_untouched() -> None:
    site = Site(foreign={"i1"})
    keeper, _ = a_keeper(site, count=1)
    assert release(LEASE, keeper) == ()
    assert (held(keeper), site.told) == ([], [])


def test_a_machine_that_nobody_has_started_is_not_wiped() -> None:
    site = WipingSite()
    keeper, _ = a_keeper(site)
    assert release(LEASE, keeper) == ()
    assert not any(one.startswith("prepare") for one in site.told)


def test_a_machine_that_does_not_tell_that_it_is_wiped_goes_to_nobody() -> None:
    # given
    site = WipingSite()
    keeper, _ = a_keeper(site, note="ubuntu (1)")

    # when
    failures = release(LEASE, keeper)

    # then
    assert [one.message for one in failures] == [
        "i1 could not be wiped: it is marked as broken, and nobody gets it",
        "i2 could not be wiped: it is marked as broken, and nobody gets it",
    ]
    assert held(keeper) == []
    assert sum(one.startswith("prepare") for one in site.told) == 4, "each is tried twice"
    assert all(one.is_broken for one in keeper.pool.machines(LAB))


def test_a_machine_that_another_run_moves_is_neither_wiped_nor_given_back() -> None:
    # given
    site = WipingSite()
    keeper, _ = a_keeper(site, Overtaken, note="ubuntu (1)")

    # when
    failures = release(LEASE, keeper)

    # then
    assert all("another run is releasing it" in one.message for one in failures)
    assert held(keeper) == ["i1", "i2"]
    assert site.told == [], "it may be on because the other run wipes it"


def test_two_runs_that_release_one_lease_wipe_its_machine_once() -> None:
    """Who releases every few minutes, as cron does, lets a wipe of hours come to its end."""
    # given
    site = VisitedSite()
    keeper, _ = a_keeper(site, note="ubuntu (1)", count=1)
    site.keepers.append(keeper)

    # when
    answer = release(LEASE, keeper)

    # then
    assert (answer, site.answers) == ((), [()])
    assert held(keeper) == []
    assert site.told == ["i1 off", "prepare i1", "i1 on", "i1 off", "clear i1 of lease-1"]
    assert not any(one.is_broken for one in keeper.pool.machines(LAB))


@pytest.mark.parametrize(("power", "starts"), [(Power.ON, 1), (Power.OFF, 2)])
def test_a_wipe_that_another_run_has_begun_is_one_of_its_tries_unless_it_is_off(
    power: Power, starts: int
) -> None:
    # given
    site = OffSite(power=power)
    keeper, lease = a_keeper(site, note=Outfit("wipe").tag, count=1)
    keeper.pool.end(LEASE, now=NOON)
    (before,) = lease.machines
    (left,) = (keeper.pool.find(LEASE) or lease).machines
    assert keeper.pool.move(LEASE, replace(left, attempts=1), before=left)

    # when
    (failure,) = release(LEASE, keeper)

    # then
    assert before.note == left.note
    assert "i1 could not be wiped" in failure.message
    assert site.told.count("prepare i1") == starts


def test_machines_that_another_run_has_given_back_are_left_to_who_has_them_now() -> None:
    # given
    site = Site()
    keeper, _ = a_keeper(site, GivenBack)

    # when
    failures = release(LEASE, keeper)

    # then
    assert failures == ()
    assert site.told == []
    assert [one.owner.user for one in keeper.pool.leases(LAB)] == ["bob"]


def test_a_machine_that_another_run_has_wiped_and_given_back_is_not_called_broken() -> None:
    # given
    site = TakingSite()
    keeper, _ = a_keeper(site, note="ubuntu (1)", count=1)
    site.keepers.append(keeper)

    # when
    failures = release(LEASE, keeper)

    # then
    assert failures == ()
    assert not any(one.is_broken for one in keeper.pool.machines(LAB))


def test_what_is_being_released_is_not_taken_for_held_again() -> None:
    # given
    site = Site()
    keeper, _ = a_keeper(site, note="ubuntu (1)")
    lease = keeper.pool.end(LEASE, now=NOON)
    assert lease is not None

    # when
    failures = switch_off(lease, keeper, note="ubuntu (1)")

    # then
    assert failures == ()
    assert keeper.pool.find(LEASE) == lease
    assert site.told == []


@pytest.mark.parametrize(
    ("holder", "told"),
    [
        ("nobody", ["i1 off", "clear i1 of lease-1"]),
        ("who releases it", ["i1 off", "clear i1 of lease-1"]),
        ("who wipes it", []),
        ("somebody else", ["clear i1 of lease-1"]),
        ("who installs it too", []),
    ],
)
def test_a_start_too_late_is_undone_where_nobody_else_has_the_machine(
    holder: str, told: list[str]
) -> None:
    # given
    site = Site()
    keeper, lease = a_keeper(site, note="preparing ubuntu (1)", count=1)
    (machine,) = lease.machines
    if holder == "who installs it too":
        other = replace(machine, state=MachineState.INSTALLING, attempts=1)
        keeper.pool.move(LEASE, other, before=machine)
    else:
        keeper.pool.end(LEASE, now=NOON)
    if holder == "who wipes it":
        (left,) = (keeper.pool.find(LEASE) or lease).machines
        keeper.pool.move(LEASE, replace(left, note="preparing wipe (2)"), before=left)
    if holder in {"nobody", "somebody else"}:
        keeper.pool.give_back(LEASE, machine.name)
    if holder == "somebody else":
        assert isinstance(keeper.pool, LedgerPool)
        next_one(keeper.pool, 1)

    # when
    failure = undo_start(lease, machine, keeper)

    # then
    assert failure is None
    assert site.told == told


def test_a_start_that_cannot_be_undone_is_said_and_one_of_no_machine_is_none() -> None:
    # given
    keeper, lease = a_keeper(Site(silent={"i1"}))
    keeper.pool.end(LEASE, now=NOON)
    failure = undo_start(lease, lease.machines[0], keeper)
    unknown, _ = a_keeper(Site(), Forgetful)
    foreign, _ = a_keeper(Site(foreign={"i1"}))
    foreign.pool.end(LEASE, now=NOON)

    # then
    assert failure is not None
    assert failure.message == (
        "i1 was switched on when its lease had ended, and could not be put off: no answer"
    )
    assert undo_start(lease, lease.machines[0], unknown) is None
    assert undo_start(lease, lease.machines[0], foreign) is None


def test_a_machine_that_cannot_be_marked_as_broken_is_not_given_back() -> None:
    # given
    site = WipingSite()
    keeper, _ = a_keeper(site, Unmarkable, note="ubuntu (1)")

    # when
    failures = release(LEASE, keeper)

    # then
    assert [one.message for one in failures] == [
        "i1 is still held: it could not be wiped",
        "i2 is still held: it could not be wiped",
    ]
    assert held(keeper) == ["i1", "i2"]
