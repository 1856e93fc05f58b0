"""Leases that are over: their machines go back, and nobody else's do."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from cloudmesh_iac.core.metal import Lease, MachineState
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.reaping import due, reap
from cloudmesh_iac.providers.simulated.machines import Fault
from tests.lifecycle.script import machines
from tests.lifecycle.test_machines import assert_nothing_is_lost, states
from tests.lifecycle.world import SIM, World, a_program

DAY_S = 86_400.0


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[World]:
    """A world with three machines, two of them in a lease of a day."""
    lab = World(tmp_path, machines=3, shortest_install_s=60.0)
    assert not lab.up(a_program(machines(hours=24))).failed
    yield lab
    assert_nothing_is_lost(lab)


def keeper(lab: World) -> Keeper:
    return Keeper(lab.site, lab.site.pool, lab.clock)


def due_ones(lab: World) -> list[Lease]:
    return [*due(lab.site.pool.leases(SIM), lab.clock.now())]


def test_a_lease_is_due_when_it_is_over_and_goes_back_whole(lab: World) -> None:
    # given
    early = due_ones(lab)
    lab.clock.advance(seconds=DAY_S)

    # when
    (lease,) = due_ones(lab)
    failures = reap(lease, keeper(lab))

    # then
    assert early == []
    assert failures == ()
    assert set(states(lab).values()) == {"free"}
    assert not any(one.is_on for one in lab.site.hardware.as_they_are().values())
    assert reap(lease, keeper(lab)) == ()  # somebody else was faster: no trouble


def test_a_lease_that_is_extended_in_the_same_moment_is_left_alone(lab: World) -> None:
    # given
    lab.clock.advance(seconds=DAY_S)
    (lease,) = due_ones(lab)
    now = lab.clock.now()
    lab.site.pool.extend(lease.id, now + timedelta(hours=1), now=now)

    # when
    failures = reap(lease, keeper(lab))

    # then
    assert failures is None
    assert set(states(lab).values()) == {"ready", "free"}


def test_a_release_that_began_and_did_not_end_is_taken_up_again(lab: World) -> None:
    # given
    (lease,) = lab.site.pool.leases(SIM)
    lab.site.pool.end(lease.id, now=lab.clock.now())

    # when
    (left,) = due_ones(lab)
    failures = reap(left, keeper(lab))

    # then
    assert {one.state for one in left.machines} == {MachineState.RELEASING}
    assert failures == ()
    assert lab.site.pool.leases(SIM) == []


def test_a_machine_whose_controller_does_not_answer_stays_held_until_it_does(lab: World) -> None:
    # given
    lab.clock.advance(seconds=DAY_S)
    (lease,) = due_ones(lab)
    lab.site.hardware.faults["i01"] = Fault.NO_ANSWER

    # when
    failures = reap(lease, keeper(lab))

    # then
    assert failures is not None
    (failure,) = failures
    assert "i01 is still held" in failure.message
    (left,) = due_ones(lab)
    assert [one.name for one in left.machines] == ["i01"]

    # when
    del lab.site.hardware.faults["i01"]

    # then
    assert reap(left, keeper(lab)) == ()
    assert lab.site.pool.leases(SIM) == []
