"""What every pool of machines does, whatever it keeps its rows in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Controller,
    LeaseId,
    LeaseOwner,
    MachineName,
    MachineState,
    Taken,
)
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.store.ledgers import MemoryLedgers
from cloudmesh_iac.store.pool import LedgerPool
from cloudmesh_iac.store.pool_rows import SqliteLedgers
from tests.builders import NOON, a_computer
from tests.contract.pools import (
    ADA,
    BOB,
    LAB,
    a_machine,
    held,
    hours,
    names,
    need,
    promise,
    span,
    take,
    taken,
)

FIRST, SECOND = LeaseId("L1"), LeaseId("L2")


@pytest.fixture(params=["memory", "sqlite"])
def reopened(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Pool]:
    """Return the pool as the next process sees it."""
    memory = MemoryLedgers()
    new_key = a_computer().new_key

    def opened() -> Pool:
        if request.param == "memory":
            return LedgerPool(memory, new_key=new_key)
        return LedgerPool(SqliteLedgers(tmp_path / "home" / "cmx.db"), new_key=new_key)

    return opened


@pytest.fixture
def pool(reopened: Callable[[], Pool]) -> Pool:
    """Return a pool with four machines: i1 and i2 small, i10 big, g1 with a GPU."""
    pool = reopened()
    small = [a_machine("i1"), a_machine("i2")]
    big = a_machine("i10", cpus=64, memory_mb=256 * 1024)
    gpu = replace(a_machine("g1", cpus=16, tags="gpu ssd"), mac="52:54:00:bb:00:01")
    pool.put(LAB, [big, *small, gpu])
    return pool


def states(pool: Pool) -> dict[str, MachineState]:
    return {str(one.name): one.state for one in pool.machines(LAB)}


# --- inventory ------------------------------------------------------------------------------------


def test_an_empty_pool_has_nothing(reopened: Callable[[], Pool]) -> None:
    pool = reopened()
    assert (pool.machines(LAB), pool.leases(), pool.reservations()) == ([], [], [])
    assert pool.find(FIRST) is None
    assert pool.padding_s(LAB) == 0
    assert pool.cancel("R1") is False
    assert pool.next_free(LAB, needs=need(), lasts_s=60, now=NOON) is None


def test_machines_are_kept_whole_and_counted_as_people_do(
    pool: Pool, reopened: Callable[[], Pool]
) -> None:
    # given
    bmc = Controller("ipmi", "10.0.0.9", 623, "admin", "env:BMC")
    whole = replace(a_machine("i3"), address="10.0.0.3", hostname="n3", controller=bmc)
    whole = replace(whole, roles=frozenset({"hpc"}), tags=frozenset({"a", "b"}))

    # when
    pool.put(LAB, [whole])
    pool.set_padding(LAB, 600)

    # then
    again = reopened()
    assert [str(one.name) for one in again.machines(LAB)] == ["g1", "i1", "i2", "i3", "i10"]
    assert again.machines(LAB)[3] == whole
    assert again.padding_s(LAB) == 600
    assert again.machines(SiteName("other")) == []


def test_what_is_written_over_a_machine_changes_neither_its_state_nor_its_lease(pool: Pool) -> None:
    # given
    lease = held(take(pool, "i1"))
    pool.set_in_pool(LAB, [MachineName("i1")], in_pool=False, note="fan")

    # when
    pool.put(LAB, [a_machine("i1", cpus=12)])

    # then
    machine = pool.machines(LAB)[1]
    assert (machine.cpus, machine.in_pool, machine.note) == (12, False, "fan")
    assert machine.state is MachineState.LEASED
    assert pool.find(FIRST) == lease


def test_a_mac_address_belongs_to_one_machine_of_all_sites(pool: Pool) -> None:
    # given
    before = pool.machines(LAB)
    twice = [a_machine("i1"), replace(a_machine("i7"), mac=a_machine("i2").mac)]

    # when
    with pytest.raises(UsageProblem) as refused:
        pool.put(SiteName("other"), twice)

    # then
    assert "i1 has the MAC address 52:54:00:aa:00:01 of i1 at lab" in refused.value.message
    assert "i7 has the MAC address 52:54:00:aa:00:02 of i2 at lab" in refused.value.message
    assert (pool.machines(LAB), pool.machines(SiteName("other"))) == (before, [])


def test_two_machines_can_change_their_cards(pool: Pool) -> None:
    first, second = a_machine("i1"), a_machine("i2")
    pool.put(LAB, [replace(first, mac=second.mac), replace(second, mac=first.mac)])
    assert [one.mac for one in pool.machines(LAB)[1:3]] == [second.mac, first.mac]


def test_a_machine_that_somebody_has_is_not_forgotten(pool: Pool) -> None:
    # given
    take(pool, "i1")
    promise(pool, "i2", start=5, end=6)

    # when
    with pytest.raises(UsageProblem) as refused:
        pool.remove(LAB, [MachineName("g1"), MachineName("i1"), MachineName("i2")])

    # then
    assert "i1 is in lease L1 of ada; i2 is reserved for ada" in refused.value.message
    assert len(pool.machines(LAB)) == 4

    # when
    pool.remove(LAB, [MachineName("g1")])

    # then
    assert "g1" not in states(pool)


@pytest.mark.parametrize(
    "ask",
    [
        lambda pool: pool.remove(LAB, [MachineName("i1"), MachineName("i22")]),
        lambda pool: pool.set_in_pool(LAB, [MachineName("i22")], in_pool=False),
        lambda pool: take(pool, "i22"),
        lambda pool: promise(pool, "i22"),
        lambda pool: pool.next_free(LAB, needs=need("i22"), lasts_s=1, now=NOON),
        lambda pool: pool.free(LAB, needs=need("i22"), window=span(0, 1), now=NOON),
    ],
    ids=["remove", "set_in_pool", "lease", "reserve", "next_free", "free"],
)
def test_a_name_that_is_not_there_is_told_with_the_nearest_one(
    pool: Pool, ask: Callable[[Pool], object]
) -> None:
    before = pool.machines(LAB)
    with pytest.raises(UsageProblem) as refused:
        ask(pool)
    assert refused.value.message == "lab has no machine i22"
    assert refused.value.hint == "did you mean 'i2'?"
    assert pool.machines(LAB) == before


# --- leases ---------------------------------------------------------------------------------------


def test_a_lease_takes_the_first_machines_that_fit(pool: Pool) -> None:
    assert names(take(pool, id="a", needs=need(tags="gpu"))) == ["g1"]
    assert names(take(pool, id="b", needs=need(cpus=9))) == ["i10"]
    assert names(take(pool, id="c", count=2)) == ["i1", "i2"]
    assert set(states(pool).values()) == {MachineState.LEASED}


def test_a_lease_is_kept_with_a_secret_for_each_machine(
    pool: Pool, reopened: Callable[[], Pool]
) -> None:
    # when
    lease = held(take(pool, "i2", "i1"))

    # then
    assert names(lease) == ["i2", "i1"]
    assert lease.owner == ADA
    assert {one.since for one in lease.machines} == {NOON}
    assert len({one.nonce for one in lease.machines}) == 2
    assert not any(one.nonce in repr(lease) for one in lease.machines)
    assert reopened().find(FIRST) == lease
    assert reopened().leases() == [lease]


def test_the_same_id_again_is_the_same_lease(pool: Pool) -> None:
    first = take(pool, "i1")
    assert take(pool, "i1") == first
    assert take(pool, count=3) == first
    assert len(pool.leases()) == 1


def test_who_comes_too_late_is_told_who_was_first_and_when_it_is_free(pool: Pool) -> None:
    # given
    take(pool, count=4, end=3)

    # when
    answer = taken(take(pool, owner=BOB, id="L2", start=1))

    # then
    assert answer.next_free == hours(3)
    assert "i1 is leased to ada until 2026-03-01 15:00 UTC" in answer.message
    assert "next free at 2026-03-01 15:00 UTC" in answer.message
    assert len(answer.holders) == 4
    assert pool.find(SECOND) is None


def test_more_than_there_are_are_free_at_no_time(pool: Pool) -> None:
    answer = taken(take(pool, count=5))
    assert answer.next_free is None
    assert "5 machines" in answer.message
    assert answer.message.endswith("; only 4 that would do are in use at all")
    answer = taken(take(pool, needs=need(cpus=100, memory_mb=2048, tags="gpu")))
    assert "1 machine with 100 cpus, 2 GiB, tag gpu" in answer.message
    assert answer.message.endswith("there is none")


def test_a_lease_that_is_over_keeps_its_machines_until_they_are_given_back(pool: Pool) -> None:
    # given
    take(pool, count=4, end=1)

    # when
    answer = taken(take(pool, owner=BOB, id="L2", start=5, end=6))

    # then
    assert "which is over" in answer.message
    assert answer.next_free == hours(5) + timedelta(minutes=1)


def test_a_lease_and_its_machine_are_given_back_together_or_not_at_all(pool: Pool) -> None:
    # given
    take(pool, "i1", "i2")
    theirs = take(pool, "i10", owner=BOB, id="L2")

    # when
    pool.give_back(FIRST, MachineName("i10"))  # not in this lease: left alone
    pool.give_back(FIRST, MachineName("i1"))

    # then
    assert names(held(pool.find(FIRST) or Taken("gone"))) == ["i2"]
    assert pool.find(SECOND) == theirs
    assert states(pool)["i1"] is MachineState.FREE

    # when
    pool.give_back(FIRST, MachineName("i2"))
    pool.give_back(FIRST, MachineName("i2"))

    # then
    assert pool.find(FIRST) is None
    assert pool.find(SECOND) == theirs


def test_a_phase_is_written_only_over_the_one_that_was_seen(
    pool: Pool, reopened: Callable[[], Pool]
) -> None:
    # given
    (seen,) = held(take(pool, "i1")).machines
    begun = replace(seen, state=MachineState.INSTALLING, since=hours(1), attempts=1, note="on")

    # then
    assert pool.move(FIRST, begun, before=seen) is True
    assert pool.move(FIRST, begun, before=seen) is False
    assert pool.move(SECOND, begun, before=seen) is False
    kept = held(reopened().find(FIRST) or Taken("gone"))
    assert kept.machines == (begun,)
    assert states(pool)["i1"] is MachineState.INSTALLING


def test_a_machine_that_failed_goes_to_nobody_until_somebody_has_looked_at_it(pool: Pool) -> None:
    # given
    (seen,) = held(take(pool, "i1")).machines
    failed = replace(seen, state=MachineState.FAILED, note="never booted")
    pool.move(FIRST, failed, before=seen)
    pool.give_back(FIRST, MachineName("i1"))

    # then
    assert states(pool)["i1"] is MachineState.FAILED
    assert names(take(pool, id="L2", count=2)) == ["g1", "i2"]
    assert "i1 is broken (never booted)" in taken(take(pool, "i1", id="L3")).message

    # when
    pool.set_in_pool(LAB, [MachineName("i1")], in_pool=True)

    # then
    assert names(take(pool, "i1", id="L3")) == ["i1"]


def test_a_machine_that_is_ready_after_all_is_not_broken(pool: Pool) -> None:
    (seen,) = held(take(pool, "i1")).machines
    failed = replace(seen, state=MachineState.FAILED, note="hung")
    ready = replace(seen, state=MachineState.READY)
    pool.move(FIRST, failed, before=seen)
    pool.move(FIRST, ready, before=failed)
    pool.give_back(FIRST, MachineName("i1"))
    assert states(pool)["i1"] is MachineState.FREE


def test_a_broken_machine_is_replaced_in_its_place(pool: Pool) -> None:
    # given
    lease = held(take(pool, "i1", "i2"))

    # when
    other = pool.swap(FIRST, MachineName("i1"), needs=need(cpus=9), note="dead", now=hours(1))

    # then
    after = held(pool.find(FIRST) or Taken("gone"))
    assert names(after) == ["g1", "i2"]
    assert after.machines[0] == other
    assert after.machines[0].nonce not in {one.nonce for one in lease.machines}
    assert states(pool)["i1"] is MachineState.FAILED
    with pytest.raises(UsageProblem, match="i1 is not in lease L1"):
        pool.swap(FIRST, MachineName("i1"), needs=need(), note="", now=hours(1))


def test_a_broken_machine_stays_in_its_lease_when_there_is_no_other(pool: Pool) -> None:
    # given
    take(pool, count=4)

    # when
    answer = pool.swap(FIRST, MachineName("i1"), needs=need(count=4), note="dead", now=hours(1))

    # then
    assert isinstance(answer, Taken)
    after = held(pool.find(FIRST) or Taken("gone"))
    assert [(one.name, one.note) for one in after.machines if one.state is MachineState.FAILED] == [
        ("i1", "dead")
    ]


def test_a_lease_can_end_later_or_sooner(pool: Pool) -> None:
    take(pool, "i1", end=2)
    assert held(pool.extend(FIRST, hours(9), now=hours(1))).window.end == hours(9)
    assert held(pool.extend(FIRST, hours(3), now=hours(1))).window.end == hours(3)
    with pytest.raises(UsageProblem) as refused:
        pool.extend(FIRST, hours(1), now=hours(1))
    assert refused.value.hint == "cmx lease end L1"
    assert held(pool.find(FIRST) or Taken("gone")).window.end == hours(3)
    with pytest.raises(UsageProblem, match="there is no lease L2"):
        pool.extend(SECOND, hours(3), now=hours(1))


def test_a_lease_is_not_extended_into_what_others_have_reserved(pool: Pool) -> None:
    # given
    take(pool, "i1", end=2)
    pool.set_padding(LAB, 1800)
    promise(pool, "i1", owner=BOB, start=4, end=5)

    # then
    answer = taken(pool.extend(FIRST, hours(4), now=hours(1)))
    assert "until 2026-03-01 15:30 UTC at most" in answer.message
    assert "i1 is reserved for bob from 2026-03-01 16:00 UTC" in answer.message
    assert held(pool.extend(FIRST, hours(3.5), now=hours(1))).window.end == hours(3.5)


def test_what_was_reserved_for_a_time_that_has_passed_is_not_in_the_way_of_a_longer_lease(
    pool: Pool,
) -> None:
    """A lease that is over keeps its machine; what others had reserved then came to nothing."""
    take(pool, "i1", end=2)
    promise(pool, "i1", owner=BOB, start=4, end=5)
    assert held(pool.extend(FIRST, hours(9), now=hours(6))).window.end == hours(9)


def test_a_release_begins_once_and_nobody_extends_it_any_more(pool: Pool) -> None:
    # given
    take(pool, "i1", end=2)

    # then
    assert pool.end(FIRST, now=hours(1), if_over=True) is None
    assert states(pool)["i1"] is MachineState.LEASED
    ended = pool.end(FIRST, now=hours(2), if_over=True)
    assert ended is not None
    assert ended.machines[0].state is MachineState.RELEASING
    assert pool.end(FIRST, now=hours(3)) == ended
    assert pool.end(SECOND, now=hours(3)) is None
    with pytest.raises(UsageProblem, match="L1 is being released"):
        pool.extend(FIRST, hours(9), now=hours(2))


def test_a_lease_that_is_being_released_takes_no_other_machine(pool: Pool) -> None:
    """Who releases it would not know of that one: it would stay held, and nobody would have it."""
    # given
    take(pool, "i1", end=2)
    pool.end(FIRST, now=hours(1))

    # when
    with pytest.raises(UsageProblem, match="L1 is being released"):
        pool.swap(FIRST, MachineName("i1"), needs=need(cpus=9), note="dead", now=hours(1))

    # then
    assert names(held(pool.find(FIRST) or Taken("gone"))) == ["i1"]
    assert not any(one.is_broken for one in pool.machines(LAB))


def test_a_lease_can_be_given_to_somebody_else(pool: Pool) -> None:
    take(pool, "i1")
    assert pool.hand_over(FIRST, BOB).owner == BOB
    assert held(pool.find(FIRST) or Taken("gone")).owner == BOB
    with pytest.raises(UsageProblem, match="there is no lease L2"):
        pool.hand_over(SECOND, BOB)


def test_what_a_lease_is_for_can_be_said_anew(pool: Pool) -> None:
    take(pool, "i1")
    assert pool.describe(FIRST, role="storage", service="ceph").role == "storage"
    assert held(pool.find(FIRST) or Taken("gone")).service == "ceph"
    with pytest.raises(UsageProblem, match="there is no lease L2"):
        pool.describe(SECOND, role="", service="")


def test_a_machine_out_of_the_pool_stays_with_who_has_it(pool: Pool) -> None:
    # given
    take(pool, "i1")

    # when
    pool.set_in_pool(LAB, [MachineName("i1"), MachineName("i2")], in_pool=False, note="moving")

    # then
    assert names(held(pool.find(FIRST) or Taken("gone"))) == ["i1"]
    answer = taken(take(pool, "i2", id="L2"))
    assert "i2 is out of the pool (moving)" in answer.message
    assert answer.next_free is None


# --- calendar -------------------------------------------------------------------------------------


def test_a_reservation_names_its_machines_and_is_kept(
    pool: Pool, reopened: Callable[[], Pool]
) -> None:
    # when
    made = promise(pool, count=2, start=3, end=5)

    # then
    assert names(made) == ["g1", "i1"]
    assert reopened().reservations(LAB) == [made]
    assert reopened().reservations(SiteName("other")) == []
    assert pool.cancel("R1") is True
    assert pool.reservations() == []


def test_two_reservations_that_touch_do_not_overlap(pool: Pool) -> None:
    promise(pool, "i1", start=3, end=5)
    assert names(promise(pool, "i1", id="R2", owner=BOB, start=1, end=3)) == ["i1"]
    assert names(promise(pool, "i1", id="R3", owner=BOB, start=5, end=6)) == ["i1"]


@pytest.mark.parametrize("wanted", [(2, 4), (4, 6), (3.5, 4.5), (2, 6), (3, 5)])
@pytest.mark.parametrize("owner", [ADA, BOB], ids=["own", "foreign"])
def test_what_overlaps_is_refused_however_it_lies(
    pool: Pool, wanted: tuple[float, float], owner: LeaseOwner
) -> None:
    start, end = wanted
    promise(pool, "i1", start=3, end=5)
    answer = taken(promise(pool, "i1", id="R2", owner=owner, start=start, end=end))
    assert "i1 is reserved for ada from 2026-03-01 15:00 UTC to 2026-03-01 17:00 UTC" in (
        answer.message
    )
    assert [one.id for one in pool.reservations()] == ["R1"]


def test_a_site_can_want_time_between_two_holders(pool: Pool) -> None:
    # given
    pool.set_padding(LAB, 3600)
    promise(pool, "i1", start=4, end=5)

    # then
    for start, end in ((5.9, 7), (2, 3.1)):
        assert isinstance(promise(pool, "i1", id="R2", owner=BOB, start=start, end=end), Taken)
        assert isinstance(take(pool, "i1", owner=BOB, start=start, end=end), Taken)
    assert names(promise(pool, "i1", id="R2", owner=ADA, start=5, end=6)) == ["i1"]
    assert names(promise(pool, "i1", id="R3", owner=BOB, start=7, end=8)) == ["i1"]


def test_a_reservation_is_moved_as_if_it_were_not_there(pool: Pool) -> None:
    # given
    promise(pool, "i1", start=3, end=5)
    promise(pool, "i1", id="R2", owner=BOB, start=6, end=7)

    # then
    assert names(promise(pool, "i1", start=4, end=6)) == ["i1"]
    assert isinstance(promise(pool, "i1", start=4, end=6.5), Taken)
    assert [one.window for one in pool.reservations()] == [span(4, 6), span(6, 7)]


def test_a_lease_uses_what_is_reserved_for_its_owner_and_leaves_what_is_not(pool: Pool) -> None:
    # given
    promise(pool, "i2", owner=ADA, start=1, end=3)
    promise(pool, "g1", id="R2", owner=BOB, start=1, end=3)

    # then
    assert names(take(pool, id="a", owner=ADA, start=1, end=3)) == ["i2"]
    assert names(take(pool, id="b", owner=ADA, start=1, end=3)) == ["i1"]
    assert isinstance(take(pool, "g1", id="c", owner=ADA, start=0, end=2), Taken)
    assert names(take(pool, "g1", id="c", owner=ADA, start=0, end=1)) == ["g1"]


def test_a_reservation_of_a_project_is_for_all_of_it(pool: Pool) -> None:
    promise(pool, "i1", owner=ADA, start=0, end=3)
    carol = LeaseOwner("carol", ADA.project)
    assert names(take(pool, "i1", owner=carol, end=3)) == ["i1"]


def test_what_somebody_holds_can_be_promised_to_them_for_longer_but_not_to_others(
    pool: Pool,
) -> None:
    take(pool, "i1", end=2)
    assert isinstance(promise(pool, "i1", owner=BOB, start=1, end=4), Taken)
    assert names(promise(pool, "i1", start=1, end=4)) == ["i1"]
    assert names(promise(pool, id="R2", count=3, start=1, end=4)) == ["g1", "i2", "i10"]


def test_the_next_free_time_is_that_of_the_first_that_are_free_long_enough(pool: Pool) -> None:
    # given
    take(pool, "i1", "i2", end=2)
    take(pool, "g1", "i10", id="L2", end=4)
    promise(pool, "i1", owner=BOB, start=3, end=6)

    # then
    def first(lasts: float, *, count: int) -> object:
        return pool.next_free(LAB, needs=need(count=count), lasts_s=lasts * 3600, now=hours(1))

    assert first(1, count=1) == hours(2)
    assert first(1, count=2) == hours(2)
    assert first(2, count=2) == hours(4)
    assert first(2, count=4) == hours(6)
    assert first(2, count=5) is None
    mine = pool.next_free(LAB, needs=need(count=2), lasts_s=7200, now=hours(1), owner=BOB)
    assert mine == hours(2)


def test_all_that_is_free_in_a_window_is_told(pool: Pool) -> None:
    take(pool, "i1", end=2)
    promise(pool, "i2", start=3, end=4)
    assert pool.free(LAB, needs=need(), window=span(1, 3), now=hours(1)) == ("g1", "i2", "i10")
    assert pool.free(LAB, needs=need(cpus=9), window=span(2, 9), now=hours(1)) == ("g1", "i10")
