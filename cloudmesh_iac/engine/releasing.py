"""Give the machines of a lease back: off, no start from the network, nothing left of the lease.

The one place that does it, for a destroy as well as for leases that are over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

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
from cloudmesh_iac.engine.booting import BootsMachines
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.engine.ports import Clock
from cloudmesh_iac.errors import CmxError

_One = TypeVar("_One")
_Answer = TypeVar("_Answer")
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who works at a site, who says whose its machines are, and what time it is."""

    site: BootsMachines
    pool: Pool
    clock: Clock

    def inventory(self, lease: Lease) -> Mapping[MachineName, Machine]:
        return {one.name: one for one in self.pool.machines(lease.site)}


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
        failure = _quieted(found, lease, keeper)
        if failure is None or (found is not None and found.is_broken):  # nobody gets that one
            keeper.pool.give_back(lease.id, machine.name)
            return None
        return failure

    return _failures(each_at_once(give_back, lease.machines))


def switch_off(lease: Lease, keeper: Keeper, *, note: str) -> Sequence[Failure]:
    """Switch the machines of a lease off that stand at `note`, and keep them; as in `release`."""
    known = keeper.inventory(lease)

    def stop(machine: LeasedMachine) -> Failure | None:
        failure = _quieted(known.get(machine.name), lease, keeper)
        if failure is None:
            held = replace(
                machine, state=MachineState.LEASED, since=keeper.clock.now(), note="", attempts=0
            )
            keeper.pool.move(lease.id, held, before=machine)
        return failure

    return _failures(each_at_once(stop, [one for one in lease.machines if one.note == note]))


def put_aside(lease: Lease, machine: LeasedMachine, keeper: Keeper) -> Failure | None:
    """Let a broken machine do no harm, as far as it lets us; return what did not work."""
    return _quieted(keeper.inventory(lease).get(machine.name), lease, keeper)


def each_at_once(act: Callable[[_One], _Answer], ones: Iterable[_One]) -> Sequence[_Answer]:
    """Do something with several machines at once: a controller that does not answer takes long."""
    todo = list(ones)
    if len(todo) < 2:
        return [act(one) for one in todo]
    with ThreadPoolExecutor(min(_AT_ONCE, len(todo))) as workers:
        return list(workers.map(act, todo))


def _quieted(machine: Machine | None, lease: Lease, keeper: Keeper) -> Failure | None:
    """Switch a machine off, then take the lease's marks off its record.

    In this order: a machine that is on and would start from the network again is what must not be.
    One that is not in the inventory any more is nobody's business.
    """
    if machine is None:
        return None
    try:
        keeper.site.switch(machine, Power.OFF)
        keeper.site.clear(machine, lease=lease.id)
    except CmxError as error:
        words = f"{machine.name} is still held, it could not be released: {error.message}"
        return Failure(words, error.hint or "", is_certain=False)
    return None


def _failures(answers: Iterable[Failure | None]) -> Sequence[Failure]:
    return tuple(one for one in answers if one is not None)
