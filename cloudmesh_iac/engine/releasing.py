"""Give the machines of a lease back: off, no start from the network, nothing left of the lease.

The one place that does it, for a destroy as well as for leases that are over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.metal import (
    Lease,
    LeasedMachine,
    LeaseId,
    Machine,
    MachineName,
    MachineState,
    Power,
)
from cloudmesh_iac.engine.at_once import each_at_once
from cloudmesh_iac.engine.booting import HeldElsewhere
from cloudmesh_iac.engine.keeping_machines import Keeper
from cloudmesh_iac.engine.wiping import Overtaken, wipe
from cloudmesh_iac.errors import CmxError

_NOT_WIPED = "could not be wiped"


def release(lease_id: LeaseId, keeper: Keeper, *, if_over: bool = False) -> Sequence[Failure]:
    """Release every machine of a lease; return why some of them are still held.

    With `if_over` a lease that somebody has extended meanwhile is left alone.

    It may be repeated, after a death in the middle too: a machine stays in its lease until it is
    seen to be off. A lease that is not there any more is no trouble.
    """
    lease = keeper.pool.end(lease_id, now=keeper.clock.now(), if_over=if_over)
    if lease is None:
        return ()
    known = keeper.inventory(lease)

    def give_back(machine: LeasedMachine) -> Failure | None:
        found = known.get(machine.name)
        if found is None or found.is_broken:  # nobody gets it: it need not even answer
            _quieted(found, lease, keeper)
            keeper.pool.give_back(lease.id, machine.name)
            return None
        return _given_back(machine, found, lease=lease, keeper=keeper)

    return _failures(each_at_once(give_back, lease.machines))


def switch_off(lease: Lease, keeper: Keeper, *, note: str) -> Sequence[Failure]:
    """Switch the machines of a lease off that stand at `note`, and keep them; as in `release`.

    Those that are being released already are the business of who releases them.
    """
    known = keeper.inventory(lease)

    def stop(machine: LeasedMachine) -> Failure | None:
        failure = _quieted(known.get(machine.name), lease, keeper)
        if failure is None:
            # The note stays: it says that there is something to be wiped.
            now = keeper.clock.now()
            held = replace(machine, state=MachineState.LEASED, since=now, attempts=0)
            keeper.pool.move(lease.id, held, before=machine)
        return failure

    ours = [
        one
        for one in lease.machines
        if one.note == note and one.state is not MachineState.RELEASING
    ]
    return _failures(each_at_once(stop, ours))


def put_aside(lease: Lease, machine: LeasedMachine, keeper: Keeper) -> Failure | None:
    """Let a broken machine do no harm, as far as it lets us; return what did not work."""
    return _quieted(keeper.inventory(lease).get(machine.name), lease, keeper)


def undo_start(lease: Lease, machine: LeasedMachine, keeper: Keeper) -> Failure | None:
    """Switch a machine off again that was started while another run released its lease.

    Where somebody else has it by now, who switches it off before they use it, only the lease's
    marks are taken off its record. One that another run wipes, or installs for the same lease, is
    left alone.
    """
    found = keeper.inventory(lease).get(machine.name)
    if found is None:
        return None
    holding = [
        (held.id, one)
        for held in keeper.pool.leases(lease.site)
        for one in held.machines
        if one.name == machine.name
    ]
    own = [one for holder, one in holding if holder == lease.id]
    if any((one.state, one.note) != (MachineState.RELEASING, machine.note) for one in own):
        return None
    try:
        if own or not holding:
            keeper.site.switch(found, Power.OFF, lease=lease.id)
        keeper.site.clear(found, lease=lease.id)
    except HeldElsewhere:
        return None
    except CmxError as error:
        words = f"{found.name} was switched on when its lease had ended, and could not be put off"
        return Failure(f"{words}: {error.message}", error.hint or "", is_certain=False)
    return None


def _given_back(
    machine: LeasedMachine, found: Machine, *, lease: Lease, keeper: Keeper
) -> Failure | None:
    """Wipe it, switch it off, give it back. One that cannot be wiped is broken from then on."""
    try:
        is_wiped = wipe(machine, found, lease=lease, keeper=keeper)
    except Overtaken as error:  # it may be on because the other run wipes it
        is_held = _in_lease(machine.name, lease.id, keeper) is not None
        return _held(machine.name, error) if is_held else None
    except CmxError as error:
        _quieted(found, lease, keeper)
        return _held(machine.name, error)
    failure = _quieted(found, lease, keeper)
    if failure is not None:
        return failure
    left = _in_lease(machine.name, lease.id, keeper)
    if is_wiped or left is None:  # another run may have been faster
        keeper.pool.give_back(lease.id, machine.name)
        return None
    # Marked first: else somebody could get it.
    now = keeper.clock.now()
    broken = replace(left, state=MachineState.FAILED, since=now, note=_NOT_WIPED)
    if not keeper.pool.move(lease.id, broken, before=left):
        return Failure(f"{machine.name} is still held: it {_NOT_WIPED}", is_certain=False)
    keeper.pool.give_back(lease.id, machine.name)
    words = f"{machine.name} {_NOT_WIPED}: it is marked as broken, and nobody gets it"
    return Failure(words, "look at its console, then `cmx inventory`")


def _in_lease(name: MachineName, lease: LeaseId, keeper: Keeper) -> LeasedMachine | None:
    held = keeper.pool.find(lease)
    machines = held.machines if held is not None else ()
    return next((one for one in machines if one.name == name), None)


def _quieted(machine: Machine | None, lease: Lease, keeper: Keeper) -> Failure | None:
    """Switch a machine off, then take the lease's marks off its record.

    In this order: a machine that is on and would start from the network again is what must not be.
    The marks go also where its controller is silent: a broken one could not be installed for the
    next holder. One that is not in the inventory any more is nobody's business; one that another
    run has given back meanwhile, or that somebody else's pool has too, may be somebody else's.
    """
    if machine is None or _in_lease(machine.name, lease.id, keeper) is None:
        return None
    failure = None
    try:
        keeper.site.switch(machine, Power.OFF, lease=lease.id)
    except HeldElsewhere:
        return None
    except CmxError as error:
        failure = _held(machine.name, error)
    try:
        keeper.site.clear(machine, lease=lease.id)
    except CmxError as error:
        failure = failure or _held(machine.name, error)
    return failure


def _held(name: MachineName, error: CmxError) -> Failure:
    words = f"{name} is still held, it could not be released: {error.message}"
    return Failure(words, error.hint or "", is_certain=False)


def _failures(answers: Iterable[Failure | None]) -> Sequence[Failure]:
    return tuple(one for one in answers if one is not None)
