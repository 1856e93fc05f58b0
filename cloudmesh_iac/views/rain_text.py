"""How do machines stand: a sign for each, counts, or lists by state?"""

from collections.abc import Mapping, Sequence

from rich.text import Text

from cloudmesh_iac.core.metal import Machine, MachineName, MachineState
from cloudmesh_iac.views.tables import columns, lines

_DONE, _FAILED, _ELSE = "+", "-", "."


def short_text(machines: Sequence[Machine]) -> str:
    """Return a sign for each: `+` installed, `-` failed, `.` in progress or nothing known."""
    return "".join(map(_sign, machines))


def counts_of(machines: Sequence[Machine]) -> dict[str, int]:
    signs = short_text(machines)
    return {
        "provisioned": signs.count(_DONE),
        "failed": signs.count(_FAILED),
        "in progress": signs.count(_ELSE),
        "total": len(signs),
    }


def summary_text(machines: Sequence[Machine]) -> str:
    """Return four lines with counts."""
    return "\n".join(f"{name} {number}" for name, number in counts_of(machines).items())


def status_text(folded: Mapping[str, str], progress: Mapping[MachineName, int]) -> Text:
    """Return a line for each state that there is, and one for each machine with progress.

    `folded` has the machines of a state as a host list, `progress` is per cent.
    """
    rows = [[Text(state), Text(hosts)] for state, hosts in folded.items() if hosts]
    if not rows:
        return Text("no machines: `cmx inventory import FILE` brings some")
    steps = [Text(f"  {name} {done}%") for name, done in progress.items()]
    return lines([*columns(rows), *steps])


def state_word(machine: Machine) -> str:
    """Return how a machine stands; `off` for a free one that is not handed out."""
    is_off = machine.state is MachineState.FREE and not machine.in_pool
    return "off" if is_off else machine.state.value


def _sign(machine: Machine) -> str:
    match machine.state:
        case MachineState.READY:
            return _DONE
        case MachineState.FAILED:
            return _FAILED
        case _:
            return _ELSE
