"""Leased machines in a stack: taken at once, installed without a worker, given back at the end."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.metal import (
    LeaseId,
    LeaseOwner,
    Machine,
    MachineName,
    MachineState,
    Needs,
    Reservation,
    Window,
)
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.urns import ALLOCATION_TYPE, INSTALLATION_TYPE, type_of
from cloudmesh_iac.errors import StoreUnusable
from cloudmesh_iac.providers.dynamic.convert import to_python
from cloudmesh_iac.providers.simulated.machines import Fault
from tests.lifecycle.script import Out, Thing, machines
from tests.lifecycle.world import SIM, World, a_program

LIMIT_S = 900.0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[World]:
    """A world with three machines, all of which must have an owner as long as they are on."""
    lab = World(tmp_path, machines=3, install_limit_s=LIMIT_S, shortest_install_s=60.0)
    yield lab
    assert_nothing_is_lost(lab)


def assert_nothing_is_lost(lab: World) -> None:
    """No machine is in two leases, and none is on, or would install itself, without an owner."""
    held = [str(one.name) for lease in lab.site.pool.leases(SIM) for one in lease.machines]
    assert len(held) == len(set(held))
    found = lab.site.hardware.as_they_are()
    awake = {name for name, one in found.items() if one.is_on or one.boots_from_network}
    assert awake <= set(held)


def pool_of(lab: World) -> dict[str, Machine]:
    return {str(one.name): one for one in lab.site.pool.machines(SIM)}


def states(lab: World) -> dict[str, str]:
    return {name: str(one.state) for name, one in pool_of(lab).items()}


def is_on(lab: World, name: str) -> bool:
    found = lab.site.hardware.as_they_are().get(name)
    return found is not None and found.is_on


def change_of(plan: Plan, type_: str) -> Change:
    (found,) = [one for one in plan.changes if type_of(one.urn) == type_]
    return found


def record_of(lab: World, type_: str) -> Record:
    (found,) = [one for one in lab.snapshot().live().values() if one.type == type_]
    return found


def installation(lab: World) -> dict[str, object]:
    return dict(to_python(record_of(lab, INSTALLATION_TYPE).outputs))


def test_machines_are_leased_installed_and_given_back(lab: World) -> None:
    # given
    program = a_program(machines(role="storage", count=2))

    # when
    outcome = lab.up(program)

    # then
    assert not outcome.failed
    assert states(lab) == {"i01": "ready", "i02": "ready", "i03": "free"}
    assert installation(lab)["hostnames"] == ["i01", "i02"]
    assert installation(lab)["addresses"] == ["10.9.0.2", "10.9.0.3"]
    assert installation(lab)["roles"] == {"storage": ["i01", "i02"]}
    assert not lab.preview(program).has_work

    # when
    lab.destroy()

    # then
    assert set(states(lab).values()) == {"free"}
    assert lab.site.pool.leases(SIM) == []
    assert not any(one.is_on for one in lab.site.hardware.as_they_are().values())


def test_a_plan_names_the_machines_the_end_of_the_lease_and_who_is_next(lab: World) -> None:
    # when
    plan = lab.preview(a_program(machines()))

    # then
    notes = [reason.note for reason in change_of(plan, ALLOCATION_TYPE).reasons]
    assert notes[0] == "takes i01, i02; what is on their disks is wiped"
    assert notes[1].startswith("its lease ends 24 hours after it is taken; when it is over")
    assert "cmx lease reap" in notes[1]
    assert notes[2] == "single-operator mode: leases are kept in this store"
    assert lab.site.pool.leases(SIM) == []
    assert lab.site.hardware.calls == []


def test_a_run_that_would_come_back_at_once_stays_until_the_machines_are_ready(lab: World) -> None:
    """A job runs by itself; a machine is switched on and looked at by who waits for it."""
    # when
    outcome = lab.up(a_program(machines()), patience_s=0.0)

    # then
    assert not outcome.waiting
    assert states(lab)["i01"] == "ready"


def test_a_machine_that_hangs_once_is_switched_off_and_on(lab: World) -> None:
    # given
    lab.site.hardware.faults["i01"] = Fault.HANGS
    lab.site.hardware.faulty_starts["i01"] = 1

    # when
    outcome = lab.up(a_program(machines()))

    # then
    assert not outcome.failed
    assert installation(lab)["hostnames"] == ["i01", "i02"]
    assert lab.site.hardware.as_they_are()["i01"].starts == 2
    assert lab.site.hardware.as_they_are()["i02"].starts == 1


@pytest.mark.parametrize("fault", Fault)
def test_a_machine_that_does_not_come_up_twice_is_replaced_and_named(
    lab: World, fault: Fault
) -> None:
    # given
    lab.site.hardware.faults["i01"] = fault

    # when
    outcome = lab.up(a_program(machines()))

    # then
    assert not outcome.failed
    assert installation(lab)["hostnames"] == ["i03", "i02"]
    broken = pool_of(lab)["i01"]
    assert (broken.state, broken.is_broken) == (MachineState.FAILED, True)
    assert "it was started 2 times and did not become ready" in broken.note
    assert not is_on(lab, "i01")
    (remark,) = outcome.remarks
    assert remark.text.startswith("i01 was replaced: it was started 2 times")


def test_a_replaced_machine_is_nothing_to_change_also_after_a_refresh(lab: World) -> None:
    # given
    lab.site.hardware.faults["i01"] = Fault.NEVER_BOOTS
    program = a_program(machines())
    lab.up(program)

    # then
    assert not lab.preview(program).has_changes

    # when
    lab.refresh()

    # then
    assert not lab.preview(program).has_changes
    assert to_python(record_of(lab, ALLOCATION_TYPE).outputs)["machines"] == ["i03", "i02"]


def test_a_machine_that_is_asked_for_by_name_has_no_other_one(lab: World) -> None:
    # given
    lab.site.hardware.faults["i01"] = Fault.NEVER_BOOTS

    # when
    outcome = lab.up(a_program(machines(names=("i01",))))

    # then
    assert outcome.failed[0].message.startswith("i01 is broken (it was started 2 times")
    assert states(lab) == {"i01": "failed", "i02": "free", "i03": "free"}


def test_a_site_whose_controller_dies_in_the_middle_of_a_write_is_asked_again(lab: World) -> None:
    # given
    lab.site.hardware.die_after(1)

    # when
    outcome = lab.up(a_program(machines()))

    # then
    assert not outcome.failed
    assert [call for call, _ in lab.site.hardware.calls].count("prepare") == 2


@pytest.mark.parametrize("calls", [1, 2, 3, 5, 9, 14])
def test_a_site_that_is_down_for_long_makes_no_machine_a_broken_one(lab: World, calls: int) -> None:
    """Its machines are judged by what it says of them, and it says nothing."""
    # given
    program = a_program(machines())
    plan = lab.preview(program)
    lab.site.hardware.be_silent(calls)

    # when
    outcome = lab.up(program, plan=plan)

    # then
    assert not outcome.failed
    assert not any(one.is_broken for one in pool_of(lab).values())
    assert installation(lab)["hostnames"] == ["i01", "i02"]


def test_a_site_that_goes_down_while_machines_install_makes_none_a_broken_one(lab: World) -> None:
    # given
    plan = lab.preview(a_program(machines()))
    is_down: list[bool] = []

    def goes_down() -> bool:
        if not is_down and "installing" in str(lab.site.pool.leases(SIM)):
            lab.site.hardware.be_silent(12)  # longer than the limit: the pauses grow
            is_down.append(True)
        return False

    lab.clock.interrupt_when = goes_down

    # when
    outcome = lab.up(a_program(machines()), plan=plan)

    # then
    assert is_down
    assert not outcome.failed
    assert not any(one.is_broken for one in pool_of(lab).values())
    assert {one.starts for one in lab.site.hardware.as_they_are().values()} == {1}


def test_where_no_other_machine_is_free_the_installation_fails_and_the_lease_stays(
    lab: World,
) -> None:
    # given
    for name in ("i01", "i02"):
        lab.site.hardware.faults[name] = Fault.NEVER_BOOTS

    # when
    outcome = lab.up(a_program(machines()))

    # then
    (failed,) = outcome.failed
    assert "is broken (it was started 2 times" in failed.message
    (lease,) = lab.site.pool.leases(SIM)

    # when
    lab.destroy()

    # then
    assert states(lab) == {"i01": "failed", "i02": "failed", "i03": "free"}
    assert lab.site.pool.find(lease.id) is None


def test_machines_that_others_have_are_refused_with_the_time_when_they_are_free(lab: World) -> None:
    # given
    now = lab.clock.now()
    end = lab.clock.now().replace(hour=23, second=34)
    lab.site.pool.lease(
        LeaseId("lease-other"),
        SIM,
        needs=Needs(count=2),
        owner=LeaseOwner("bob", "hpc"),
        window=Window(now, end),
        now=now,
    )

    # when
    plan = lab.preview(a_program(machines()))
    outcome = lab.up(a_program(machines()), plan=plan)

    # then
    note = change_of(plan, ALLOCATION_TYPE).reasons[0].note
    assert note.startswith("cannot be taken now: 2 machines: not free from")
    assert "i01 is leased to bob until" in note
    assert note.count("next free at") == 1
    assert "bob" in outcome.failed[0].message
    assert outcome.failed[0].message.count("next free at") == 1
    assert len(lab.site.pool.leases(SIM)) == 1


def test_another_profile_installs_the_same_machines_anew_and_says_what_is_wiped(lab: World) -> None:
    # given
    lab.up(a_program(machines(), Thing("mount", {"host": Out("ion", "hostnames")})))
    changed = a_program(
        machines(profile="rocky-9"), Thing("mount", {"host": Out("ion", "hostnames")})
    )

    # when
    plan = lab.preview(changed)
    outcome = lab.up(changed, plan=plan)

    # then
    change = change_of(plan, INSTALLATION_TYPE)
    assert change.action is Action.UPDATE
    assert change.losses == ("the disks of i01, i02 are wiped",)
    assert not outcome.failed
    found = lab.site.hardware.as_they_are()
    assert (found["i01"].on_disk, found["i02"].on_disk) == ("rocky-9", "rocky-9")
    assert change_of(plan, ALLOCATION_TYPE).action is Action.SAME
    assert not lab.preview(changed).has_work


def test_a_longer_and_a_shorter_lease_are_changed_in_place(lab: World) -> None:
    # given
    lab.up(a_program(machines()))
    (before,) = lab.site.pool.leases(SIM)

    for hours in (48.0, 12.0):
        # when
        plan = lab.preview(a_program(machines(hours=hours)))
        lab.up(a_program(machines(hours=hours)), plan=plan)

        # then
        (lease,) = lab.site.pool.leases(SIM)
        assert lease.id == before.id
        assert (lease.window.end - lease.window.start).total_seconds() == hours * 3600
        assert change_of(plan, ALLOCATION_TYPE).action is Action.UPDATE
        assert change_of(plan, INSTALLATION_TYPE).action is Action.SAME


def test_what_a_lease_is_for_is_changed_in_place(lab: World) -> None:
    # given
    lab.up(a_program(machines(count=2, role="storage")))

    # when
    lab.up(a_program(machines(count=2, role="login", service="ssh")))

    # then
    (lease,) = lab.site.pool.leases(SIM)
    assert (lease.role, lease.service) == ("login", "ssh")
    assert all(one.starts == 1 for one in lab.site.hardware.as_they_are().values())


def test_the_next_reservation_of_a_machine_stands_in_the_plan(lab: World) -> None:
    # given
    now = lab.clock.now()
    window = Window(now + timedelta(hours=30), now + timedelta(hours=40))
    wanted = Reservation("R1", SIM, (), window, user="bob")
    lab.site.pool.reserve(wanted, needs=Needs(names=(MachineName("i02"),)), now=now)

    # when
    plan = lab.preview(a_program(machines()))

    # then
    notes = [reason.note for reason in change_of(plan, ALLOCATION_TYPE).reasons]
    assert notes[1] == f"bob has i02 from {window.start:%Y-%m-%d %H:%M} UTC on"


def test_another_number_of_machines_takes_them_anew_after_the_old_ones(lab: World) -> None:
    # given
    lab.up(a_program(machines()))

    # when
    plan = lab.preview(a_program(machines(count=3)))
    outcome = lab.up(a_program(machines(count=3)), plan=plan)

    # then
    change = change_of(plan, ALLOCATION_TYPE)
    assert (change.action, change.deletes_first) == (Action.REPLACE, True)
    assert change.losses == ("the disks of i01, i02 are wiped, other machines are taken",)
    assert not outcome.failed
    assert set(states(lab).values()) == {"ready"}
    assert len(lab.site.pool.leases(SIM)) == 1


def test_a_lease_that_somebody_has_ended_is_taken_anew(lab: World) -> None:
    # given
    program = a_program(machines())
    lab.up(program)
    (lease,) = lab.site.pool.leases(SIM)
    lab.metal.release("sim", lease.id)

    # when
    plan = lab.preview(program)
    outcome = lab.up(program, plan=plan)

    # then
    assert change_of(plan, ALLOCATION_TYPE).action is Action.REPLACE
    assert not outcome.failed
    assert states(lab)["i01"] == "ready"


def test_a_controller_that_does_not_answer_keeps_its_machine_in_the_lease(lab: World) -> None:
    # given
    program = a_program(machines())
    lab.up(program)
    lab.site.hardware.faults["i02"] = Fault.NO_ANSWER

    # when
    outcome = lab.destroy()

    # then
    assert "i02 is still held" in outcome.failed[0].message
    assert "i02" in [str(one.name) for lease in lab.site.pool.leases(SIM) for one in lease.machines]

    # when
    lab.site.hardware.faults.clear()
    lab.destroy()

    # then
    assert set(states(lab).values()) == {"free"}


@pytest.fixture
def wiping(tmp_path: Path) -> Iterator[World]:
    """As `lab`, at a site that wipes machines before they go back."""
    options = {"profiles": ["ubuntu-24.04", "wipe"], "wipe_profile": "wipe"}
    made = World(tmp_path, machines=3, install_limit_s=LIMIT_S, **options)
    yield made
    assert_nothing_is_lost(made)


def test_a_machine_is_wiped_before_it_goes_back(wiping: World) -> None:
    # given
    wiping.up(a_program(machines()))

    # when
    outcome = wiping.destroy()

    # then
    assert not outcome.failed
    found = wiping.site.hardware.as_they_are()
    assert {name: one.on_disk for name, one in found.items()} == {"i01": "wipe", "i02": "wipe"}
    assert not any(one.is_on for one in found.values())
    assert set(states(wiping).values()) == {"free"}


def test_a_machine_that_cannot_be_wiped_goes_to_nobody(wiping: World) -> None:
    # given
    wiping.up(a_program(machines()))
    wiping.site.hardware.faults["i02"] = Fault.HANGS

    # when
    outcome = wiping.destroy()

    # then
    assert "i02 could not be wiped: it is marked as broken" in outcome.failed[0].message
    assert states(wiping) == {"i01": "free", "i02": "failed", "i03": "free"}
    assert wiping.site.pool.leases(SIM) == []

    # when
    again = wiping.destroy()

    # then
    assert not again.failed


def test_a_site_that_does_not_wipe_any_more_keeps_the_machines(wiping: World) -> None:
    """What cannot even be tried is no reason to hand disks with somebody's data on."""
    # given
    wiping.up(a_program(machines()))
    wiping.site.hardware.profiles = ("ubuntu-24.04",)

    # when
    outcome = wiping.destroy()

    # then
    assert "there is no profile 'wipe'" in outcome.failed[0].message
    assert len(wiping.site.pool.leases(SIM)) == 1
    assert not any(one.is_on for one in wiping.site.hardware.as_they_are().values())


def test_a_run_that_is_interrupted_while_machines_install_is_joined_by_the_next_one(
    lab: World,
) -> None:
    # given
    program = a_program(machines())
    plan = lab.preview(program)
    lab.clock.interrupt_when = lambda: "installing" in str(lab.site.pool.leases(SIM))

    # when
    interrupted = lab.up(program, plan=plan)
    outcome = lab.up(program)

    # then
    assert interrupted.is_interrupted
    assert not outcome.failed
    assert {one.starts for one in lab.site.hardware.as_they_are().values()} == {1}


def test_a_lease_that_ends_before_its_machines_are_ready_is_a_failure(lab: World) -> None:
    # when
    lab.site.hardware.faults["i01"] = Fault.HANGS
    outcome = lab.up(a_program(machines(hours=0.05, count=1)))

    # then
    assert "its lease is over: `cmx lease reap`" in outcome.failed[0].message
    assert installation_is_missing(lab)


def test_machines_of_a_lease_that_is_being_released_are_not_installed(lab: World) -> None:
    """Who releases them would give them back while they are on."""
    # given
    program = a_program(machines())
    plan = lab.preview(program)
    lab.clock.interrupt_when = lambda: "installing" in str(lab.site.pool.leases(SIM))
    lab.up(program, plan=plan)
    (lease,) = lab.site.pool.leases(SIM)
    lab.site.pool.end(lease.id, now=lab.clock.now())

    # when
    outcome = lab.up(program)

    # then
    assert "its lease was ended" in outcome.failed[0].message
    assert states(lab) == {"i01": "releasing", "i02": "releasing", "i03": "free"}


def installation_is_missing(lab: World) -> bool:
    return INSTALLATION_TYPE not in {one.type for one in lab.snapshot().live().values()}


def test_a_run_that_breaks_off_at_any_write_is_finished_by_the_next_one(lab: World) -> None:
    """Nothing is taken twice: the lease is found by its token."""
    program = a_program(machines())
    ends = 0
    for boundary in range(1, 60):
        # given
        lab.store.fails_at = boundary
        plan = lab.preview(program)

        # when
        try:
            lab.up(program, plan=plan)
        except StoreUnusable:
            ends += 1
        lab.store.fails_at = 0
        assert_nothing_is_lost(lab)
        outcome = lab.up(program)

        # then
        assert not outcome.failed
        assert len(lab.site.pool.leases(SIM)) == 1
        assert set(states(lab).values()) == {"ready", "free"}
        assert_nothing_is_lost(lab)
        is_whole = lab.store.commits < boundary
        lab.destroy()
        if is_whole and ends:
            break
    assert ends > 3
