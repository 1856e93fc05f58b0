"""What a machine needs next, by its phase in the pool and by what it has told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    LeaseOwner,
    MachineName,
    MachineState,
    Power,
    Standing,
    Window,
)
from cloudmesh_iac.engine.installing import (
    MOST_STARTS,
    Next,
    Outfit,
    installation_of,
    installed,
    missed,
    next_after_look,
    next_step,
    nonce_of,
    prepared,
    started,
)
from tests.builders import NOON

OUTFIT = Outfit("ubuntu-24.04", ("ssh-ed25519 AAAA me",), "#cloud-config")
OTHER = Outfit("rocky-9", ("ssh-ed25519 AAAA me",), "#cloud-config")
LEASE = LeaseId("lease-1")
LIMIT_S = 600.0
FRESH = LeasedMachine(MachineName("i01"), MachineState.LEASED, NOON, nonce="secret")
PREPARED = prepared(FRESH, OUTFIT, NOON)
STARTED = started(PREPARED, OUTFIT, NOON)
READY = installed(STARTED, OUTFIT, NOON)
AGAIN = started(prepared(STARTED, OUTFIT, NOON), OUTFIT, NOON)


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (FRESH, Next.BEGIN),
        (PREPARED, Next.BEGIN),  # nobody knows whether it was switched on
        (STARTED, Next.LOOK),
        (READY, Next.DONE),
        (AGAIN, Next.LOOK),
        (missed(PREPARED, NOON), Next.BEGIN),
        (missed(missed(PREPARED, NOON), NOON), Next.BROKEN),
        (replace(READY, state=MachineState.RELEASING), Next.BEGIN),
        (replace(FRESH, state=MachineState.FAILED), Next.BROKEN),
    ],
)
def test_a_phase_says_what_a_machine_needs(machine: LeasedMachine, expected: Next) -> None:
    assert next_step(machine, OUTFIT) is expected


@pytest.mark.parametrize("machine", [PREPARED, STARTED, READY, AGAIN])
def test_what_was_begun_with_another_outfit_is_not_joined(machine: LeasedMachine) -> None:
    assert next_step(machine, OTHER) is Next.BEGIN
    assert prepared(machine, OTHER, NOON).attempts == 0


@pytest.mark.parametrize(
    "other",
    [
        replace(OUTFIT, profile="rocky-9"),
        replace(OUTFIT, ssh_keys=()),
        replace(OUTFIT, ssh_keys=("ssh-ed25519 AAAA me", "ssh-ed25519 BBBB you")),
        replace(OUTFIT, user_data=""),
    ],
)
def test_outfits_that_differ_have_different_tags(other: Outfit) -> None:
    assert other.tag != OUTFIT.tag
    assert OUTFIT.tag.startswith("ubuntu-24.04 (")


def a_standing(machine: LeasedMachine, outfit: Outfit = OUTFIT) -> Standing:
    """Return how a machine stands that tells what this start of it can tell."""
    return Standing(Power.ON, lease=LEASE, nonce=nonce_of(machine, outfit, machine.attempts))


def after_look(
    machine: LeasedMachine,
    standing: Standing | None,
    *,
    is_reached: bool = True,
    passed_s: float = 0.0,
) -> Next:
    return next_after_look(
        machine,
        standing,
        outfit=OUTFIT,
        lease=LEASE,
        is_reached=is_reached,
        now=NOON + timedelta(seconds=passed_s),
        limit_s=LIMIT_S,
    )


def test_a_machine_that_has_told_the_nonce_and_can_be_reached_is_done() -> None:
    assert after_look(STARTED, a_standing(STARTED)) is Next.DONE
    assert after_look(STARTED, a_standing(STARTED), is_reached=False) is Next.LOOK
    assert after_look(STARTED, replace(a_standing(STARTED), lease="")) is Next.DONE
    assert after_look(STARTED, a_standing(STARTED), passed_s=LIMIT_S) is Next.DONE


@pytest.mark.parametrize(
    "standing",
    [
        None,
        Standing(Power.ON, lease=LEASE),
        Standing(Power.ON, lease=LEASE, nonce=STARTED.nonce),  # the lease's own: too easily known
        replace(a_standing(STARTED), lease="lease-2"),
        replace(a_standing(STARTED), power=Power.OFF),
        a_standing(STARTED, OTHER),
        a_standing(AGAIN),
    ],
)
def test_nothing_else_is_a_proof(standing: Standing | None) -> None:
    assert after_look(STARTED, standing) is Next.LOOK


def test_an_installation_that_takes_too_long_begins_again_once_and_then_is_broken() -> None:
    assert after_look(STARTED, None, passed_s=LIMIT_S - 1) is Next.LOOK
    assert after_look(STARTED, None, passed_s=LIMIT_S) is Next.BEGIN
    assert AGAIN.attempts == MOST_STARTS
    assert after_look(AGAIN, None, passed_s=LIMIT_S - 1) is Next.LOOK
    assert after_look(AGAIN, None, passed_s=LIMIT_S) is Next.BROKEN


def test_each_start_is_given_a_nonce_that_it_alone_can_tell() -> None:
    # given
    owner = LeaseOwner("ada", "hpc")
    window = Window(NOON, NOON + timedelta(hours=1))
    lease = Lease(LEASE, SiteName("lab"), owner, window, (PREPARED,))

    # when
    first = installation_of(lease, PREPARED, OUTFIT)
    second = installation_of(lease, STARTED, OUTFIT)

    # then
    assert first.nonce == nonce_of(STARTED, OUTFIT, STARTED.attempts)
    assert second.nonce == nonce_of(AGAIN, OUTFIT, AGAIN.attempts)
    assert first.nonce != second.nonce
    assert FRESH.nonce not in {first.nonce, second.nonce}
    assert (first.lease, first.owner, first.profile) == (LEASE, owner, "ubuntu-24.04")
    assert (first.ssh_keys, first.user_data) == (OUTFIT.ssh_keys, "#cloud-config")
    assert first.nonce not in repr(first)
