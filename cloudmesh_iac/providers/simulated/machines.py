"""What happens to the machines of a simulated site: power, installations, and faults?

Nothing happens by itself: a machine is as far as the time at which it is looked at.
"""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from pydantic import TypeAdapter

from cloudmesh_iac.core.metal import Installation, Machine, MachineName, Power, Standing
from cloudmesh_iac.errors import SiteRefused, SiteUnreachable
from cloudmesh_iac.providers.simulated.sharing import filed

_WHOLE = 100


class Fault(StrEnum):
    """What is wrong with a machine."""

    NEVER_BOOTS = "never boots"  # it is on, and nothing comes
    NO_ANSWER = "no answer"  # its controller does not answer
    HANGS = "hangs"  # its installation stands still half-way
    TRUNCATED = "truncated"  # its image ends too early: it says so, and is not ready


@dataclass(frozen=True, slots=True)
class SimulatedMachine:
    """What a machine is like; `nonce` and `lease` are written on its record.

    `boots_from_network` is what its next start does; `begun` is when it was switched on.
    `on_disk` and `nonce_on_disk` are what the last whole installation has put there.
    """

    is_on: bool = False
    boots_from_network: bool = False
    profile: str = ""
    lease: str = ""
    nonce: str = field(default="", repr=False)
    begun: datetime | None = None
    installs: bool = False
    on_disk: str = ""
    nonce_on_disk: str = field(default="", repr=False)
    starts: int = 0


_MACHINES = TypeAdapter(dict[str, SimulatedMachine])


@dataclass
class SimulatedMachines:
    """The machines behind a simulated site. Tests keep a handle on them.

    An installation lasts between `shortest_s` and `longest_s`, drawn from the seed, the machine and
    the number of its start. `faults` are by machine, and hold for
    its first so many starts where `faulty_starts` says how many. With `path`, a file, the machines
    are there as long as the file is, and several processes share them.
    """

    profiles: tuple[str, ...] = ()
    seed: int = 0
    shortest_s: float = 60.0
    longest_s: float = 300.0
    faults: dict[str, Fault] = field(default_factory=dict)
    faulty_starts: dict[str, int] = field(default_factory=dict)
    path: Path | None = None
    calls: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    _machines: dict[str, SimulatedMachine] = field(default_factory=dict)
    _dies_after: int | None = None
    _silent_calls: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # --- faults -----------------------------------------------------------------------------------

    def die_after(self, writes: int) -> None:
        """Let the site's controller die in the middle of the next `prepare`, after so many."""
        self._dies_after = writes

    def be_silent(self, calls: int) -> None:
        """Do not answer the next calls: the site itself is down, whatever its machines do."""
        self._silent_calls += calls

    def as_they_are(self) -> Mapping[str, SimulatedMachine]:
        with self._open() as machines:
            return dict(machines)

    # --- what the provider asks -------------------------------------------------------------------

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        with self._open("prepare", *wanted) as machines:
            for _, installation in wanted.values():
                if installation.profile not in self.profiles:
                    known = ", ".join(self.profiles)
                    raise SiteRefused(
                        f"there is no profile {installation.profile!r}", hint=f"there are: {known}"
                    )
            on = [name for name in wanted if _of(machines, name).is_on]
            if on:
                raise SiteRefused(f"{', '.join(on)} is on: what runs there would not notice")
            for name, (_, installation) in wanted.items():
                self._may_die()
                machines[name] = replace(
                    _of(machines, name),
                    boots_from_network=True,
                    profile=installation.profile,
                    lease=installation.lease,
                    nonce=installation.nonce,
                )

    def switch(self, name: MachineName, power: Power, now: datetime) -> None:
        with self._open("switch", name, power) as machines:
            if self._fault(name, _of(machines, name)) is Fault.NO_ANSWER:
                raise SiteUnreachable(f"the controller of {name} does not answer")
            machine = self._later(name, _of(machines, name), now)
            if power is Power.ON and not machine.is_on:
                machine = replace(
                    machine,
                    is_on=True,
                    begun=now,
                    installs=machine.boots_from_network,
                    starts=machine.starts + 1,
                )
            elif power is Power.OFF:
                machine = replace(machine, is_on=False, begun=None, installs=False)
            machines[name] = machine

    def look(self, name: MachineName, now: datetime) -> Standing:
        with self._open("look", name) as machines:
            machine = machines[name] = self._later(name, _of(machines, name), now)
            fault = self._fault(name, machine)
            runs = machine.is_on and not machine.installs and fault is not Fault.NEVER_BOOTS
            return Standing(
                power=_power(machine, fault),
                profile=machine.profile,
                lease=machine.lease,
                nonce=machine.nonce_on_disk if runs else "",
                boots_from_network=machine.boots_from_network,
                progress=self._progress(name, machine, now),
                note=_note(machine, fault),
            )

    def clear(self, name: MachineName, lease: str) -> None:
        with self._open("clear", name) as machines:
            machine = _of(machines, name)
            if machine.lease == lease:
                machines[name] = replace(
                    machine, boots_from_network=False, profile="", lease="", nonce=""
                )

    # --- inside -----------------------------------------------------------------------------------

    def _later(self, name: str, machine: SimulatedMachine, now: datetime) -> SimulatedMachine:
        """Return a machine as it is now: an installation that had the time has come to its end."""
        if not machine.installs or self._fault(name, machine) is not None:
            return machine
        if (self._progress(name, machine, now) or 0) < _WHOLE:
            return machine
        return replace(
            machine,
            installs=False,
            boots_from_network=False,
            on_disk=machine.profile,
            nonce_on_disk=machine.nonce,
        )

    def _progress(self, name: str, machine: SimulatedMachine, now: datetime) -> int | None:
        if not machine.installs or machine.begun is None:
            return None
        fault = self._fault(name, machine)
        if fault is Fault.NEVER_BOOTS:
            return 0
        lasts_s = self._lasts_s(name, machine)
        gone_s = (now - machine.begun).total_seconds()
        most = _WHOLE if fault is None else _WHOLE // 2
        return most if gone_s >= lasts_s else min(most, int(_WHOLE * gone_s / lasts_s))

    def _lasts_s(self, name: str, machine: SimulatedMachine) -> float:
        drawn = random.Random(f"{self.seed} {name} {machine.starts}")
        return drawn.uniform(self.shortest_s, self.longest_s)

    def _fault(self, name: str, machine: SimulatedMachine) -> Fault | None:
        most = self.faulty_starts.get(name)
        if most is not None and machine.starts > most:
            return None
        return self.faults.get(name)

    def _may_die(self) -> None:
        if self._dies_after is None:
            return
        if self._dies_after == 0:
            self._dies_after = None
            raise SiteUnreachable("the connection broke in the middle of the writing")
        self._dies_after -= 1

    @contextmanager
    def _open(self, call: str = "", *what: str) -> Iterator[dict[str, SimulatedMachine]]:
        """Give the machines; nobody else sees or changes them inside the block.

        What was written before an error stays: a site does not take back half of a call.
        """
        with self._lock:
            if call:
                self.calls.append((call, what))
            if call and self._silent_calls:
                self._silent_calls -= 1
                raise SiteUnreachable("the site does not answer")
            if self.path is None:
                yield self._machines
            else:
                with filed(self.path, _MACHINES) as machines:
                    yield machines


def _of(machines: Mapping[str, SimulatedMachine], name: str) -> SimulatedMachine:
    return machines.get(name, SimulatedMachine())


def _power(machine: SimulatedMachine, fault: Fault | None) -> Power:
    if fault is Fault.NO_ANSWER:
        return Power.UNKNOWN
    return Power.ON if machine.is_on else Power.OFF


def _note(machine: SimulatedMachine, fault: Fault | None) -> str:
    if fault is Fault.NO_ANSWER:
        return "its controller does not answer"
    if machine.installs and fault is Fault.TRUNCATED:
        return "its image is shorter than it should be"
    return ""
