"""What is next for a machine that is being installed? Pure: others look, and carry it out.

A machine's note says how far its installation has come, and with what: it is written before each
side effect, so that whoever comes after a run that died knows what may have happened.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum, auto

from cloudmesh_iac.core.metal import (
    Installation,
    Lease,
    LeasedMachine,
    LeaseId,
    MachineState,
    Power,
    Standing,
)

MOST_STARTS = 2
_DIGEST_LENGTH = 8
_NONCE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Outfit:
    """What the machines of a lease are installed with; the same for all of them."""

    profile: str
    ssh_keys: tuple[str, ...] = ()
    user_data: str = ""

    @property
    def tag(self) -> str:
        """Return words that are another where anything of it is another."""
        plain = json.dumps((self.profile, self.ssh_keys, self.user_data))
        digest = hashlib.sha256(plain.encode()).hexdigest()[:_DIGEST_LENGTH]
        return f"{self.profile} ({digest})"


class Next(Enum):
    """What a machine needs."""

    BEGIN = auto()  # switch it off, write what it gets, switch it on
    LOOK = auto()  # it installs itself: see how far it is
    DONE = auto()
    BROKEN = auto()  # it was started as often as makes sense


def next_step(machine: LeasedMachine, outfit: Outfit) -> Next:
    """Return what a machine needs, as far as the pool knows.

    Only an installation with this outfit that was seen to be switched on is joined. One that was
    only prepared is begun again: nobody knows whether it was switched on.
    """
    if machine.state is MachineState.FAILED:
        return Next.BROKEN
    if machine.state is MachineState.READY and machine.note == outfit.tag:
        return Next.DONE
    if machine.state is not MachineState.INSTALLING:
        return Next.BEGIN
    if machine.note == _started(outfit):
        return Next.LOOK
    if machine.note == _prepared(outfit) and machine.attempts >= MOST_STARTS:
        return Next.BROKEN
    return Next.BEGIN


def next_after_look(
    machine: LeasedMachine,
    standing: Standing | None,
    *,
    outfit: Outfit,
    lease: LeaseId,
    is_reached: bool,
    now: datetime,
    limit_s: float,
) -> Next:
    """Return what a machine needs that installs itself; `standing` is None where nobody knows."""
    is_told = standing is not None and has_told(machine, standing, lease=lease, outfit=outfit)
    if is_told and is_reached:
        return Next.DONE
    if (now - machine.since).total_seconds() < limit_s:
        return Next.LOOK
    return Next.BEGIN if machine.attempts < MOST_STARTS else Next.BROKEN


def has_told(machine: LeasedMachine, standing: Standing, *, lease: LeaseId, outfit: Outfit) -> bool:
    """Say whether the machine itself has told that it was installed by this start of it.

    What an earlier installation tells, or a record that carries somebody else's mark, is no proof.
    """
    is_ours = standing.lease in {"", lease}
    is_on = standing.power is not Power.OFF
    return is_ours and is_on and standing.nonce == nonce_of(machine, outfit, machine.attempts)


def nonce_of(machine: LeasedMachine, outfit: Outfit, start: int) -> str:
    """Return what a machine tells after this start of it, and after no other one."""
    text = f"{machine.nonce}\n{outfit.tag}\n{start}"
    return hashlib.sha256(text.encode()).hexdigest()[:_NONCE_LENGTH]


def installation_of(lease: Lease, machine: LeasedMachine, outfit: Outfit) -> Installation:
    """Return what is put on a machine at its next start."""
    return Installation(
        lease=lease.id,
        owner=lease.owner,
        profile=outfit.profile,
        nonce=nonce_of(machine, outfit, machine.attempts + 1),
        ssh_keys=outfit.ssh_keys,
        user_data=outfit.user_data,
    )


def prepared(machine: LeasedMachine, outfit: Outfit, now: datetime) -> LeasedMachine:
    """Return how a machine stands that is about to be switched off and written anew."""
    is_same = machine.note in {_prepared(outfit), _started(outfit)}
    return replace(
        machine,
        state=MachineState.INSTALLING,
        since=now,
        note=_prepared(outfit),
        attempts=machine.attempts if is_same else 0,
    )


def missed(machine: LeasedMachine, now: datetime) -> LeasedMachine:
    """Return how a machine stands that could not be switched on: that was one of its starts."""
    return replace(machine, since=now, attempts=machine.attempts + 1)


def started(machine: LeasedMachine, outfit: Outfit, now: datetime) -> LeasedMachine:
    """Return how a machine stands that was seen to be switched on."""
    return replace(machine, since=now, note=_started(outfit), attempts=machine.attempts + 1)


def installed(machine: LeasedMachine, outfit: Outfit, now: datetime) -> LeasedMachine:
    return replace(machine, state=MachineState.READY, since=now, note=outfit.tag)


def _prepared(outfit: Outfit) -> str:
    return f"preparing {outfit.tag}"


def _started(outfit: Outfit) -> str:
    return f"installing {outfit.tag}"
