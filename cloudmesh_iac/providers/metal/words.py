"""How is it said who has machines, what a change wipes, and why one is broken?"""

from collections.abc import Iterable

from cloudmesh_iac.core.calendar import moment
from cloudmesh_iac.core.metal import LeasedMachine, MachineState, Taken

SINGLE_OPERATOR = "single-operator mode: leases are kept in this store"
OVER = "its lease is over, and its machines are free again"
STILL_HELD = (
    "its lease is over: `cmx lease reap` gives its machines back, `cmx lease extend` keeps them"
)
ENDED = "its lease was ended, and its machines are being given back"
NO_KEY = "nobody can log in: there is no public key in ~/.ssh; say ssh_keys="
REAPER = "when it is over, the next `cmx lease reap` switches them off: let cron run it"


def taken_words(taken: Taken) -> str:
    if taken.next_free is None:
        return taken.message
    at = moment(taken.next_free)  # as the pool says it, which has often said it already
    return taken.message if at in taken.message else f"{taken.message}; next free at {at}"


def broken_words(machine: LeasedMachine, *, note: str, is_silent: bool) -> str:
    """Say in one sentence why a machine is put aside."""
    if machine.state is MachineState.FAILED:
        return machine.note or "it was broken before"
    words = f"it was started {machine.attempts} times and did not become ready"
    more = [note, "it could not be switched off: do that by hand" if is_silent else ""]
    return "; ".join([words, *filter(None, more)])


def wiped_words(machines: Iterable[str]) -> str:
    """Say what a new installation costs."""
    names = ", ".join(machines)
    return f"the disks of {names} are wiped" if names else "the disks are wiped"
