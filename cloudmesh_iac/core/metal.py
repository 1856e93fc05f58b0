"""Physical machines: what is in a pool, who holds which of them, and until when?"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from cloudmesh_iac.core.jobs import SiteName

MachineName = NewType("MachineName", str)
LeaseId = NewType("LeaseId", str)


class MachineState(StrEnum):
    """Where a machine of a pool stands."""

    FREE = "free"
    LEASED = "leased"  # held by somebody, and left as it is
    INSTALLING = "installing"
    READY = "ready"
    FAILED = "failed"  # broken: nobody gets it until an administrator has looked at it
    RELEASING = "releasing"  # being switched off and wiped for the next holder


class Power(StrEnum):
    ON = "on"
    OFF = "off"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Controller:
    """What switches a machine: its BMC, or an agent that knows it.

    `kind` is `cobbler` (a fence agent of the site), `ipmi` or `redfish`. `secret` is a reference to
    the password (`env:BMC`, `file:PATH`, `keyring:NAME`), never the password.
    """

    kind: str
    address: str = ""
    port: int | None = None
    user: str = ""
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """One physical computer of a pool. Units: `memory_mb` in MiB (2**20 bytes).

    `name` is its name in the pool, `hostname` what it is called when it runs (else its name).
    `in_pool` says whether it is handed out; `is_broken` that nobody gets it until an administrator
    has looked at it, also when somebody still has it; `note` why it is out of use.
    """

    name: MachineName
    mac: str
    address: str = ""
    hostname: str = ""
    cpus: int = 0
    memory_mb: int = 0
    tags: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    controller: Controller | None = None
    in_pool: bool = True
    is_broken: bool = False
    state: MachineState = MachineState.FREE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """Which machines will do: so many of a kind, or these. Units as in Machine; 0 asks nothing."""

    count: int = 1
    names: tuple[MachineName, ...] = ()
    cpus: int = 0
    memory_mb: int = 0
    tags: frozenset[str] = frozenset()

    def fits(self, machine: Machine) -> bool:
        """Say whether a machine would do, whoever has it now."""
        if self.names:
            return machine.name in self.names
        return (
            machine.cpus >= self.cpus
            and machine.memory_mb >= self.memory_mb
            and self.tags <= machine.tags
        )

    @property
    def how_many(self) -> int:
        return len(self.names) or self.count


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, its end not included: two that only touch do not overlap. Aware, in UTC.

    Errors: ValueError for one that ends before it begins.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"it ends at {self.end}, which is not after its start {self.start}")

    def overlaps(self, other: "Window") -> bool:
        return self.start < other.end and other.start < self.end

    def has(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


@dataclass(frozen=True, slots=True)
class LeaseOwner:
    """For whom machines are held: a person, and the resource of a stack that asked."""

    user: str
    project: str
    stack: str = ""
    urn: str = ""


@dataclass(frozen=True, slots=True)
class LeasedMachine:
    """A machine in a lease. `attempts` counts how often it was started for this installation.

    `since` is when its state began. The nonce is known to this lease and the machine alone: one
    that tells it was installed for this lease.
    """

    name: MachineName
    state: MachineState
    since: datetime
    nonce: str = field(repr=False)
    attempts: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """Machines that are held by somebody until a time. The id comes from the token of a create."""

    id: LeaseId
    site: SiteName
    owner: LeaseOwner
    window: Window
    machines: tuple[LeasedMachine, ...]
    role: str = ""
    service: str = ""

    @property
    def names(self) -> tuple[MachineName, ...]:
        return tuple(one.name for one in self.machines)

    def is_over(self, now: datetime) -> bool:
        return self.window.end <= now

    @property
    def is_ending(self) -> bool:
        """Say whether somebody has begun to release it: nobody extends or installs it any more."""
        return any(one.state is MachineState.RELEASING for one in self.machines)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Machines that are promised to somebody for a span of time that may lie ahead."""

    id: str
    site: SiteName
    machines: tuple[MachineName, ...]
    window: Window
    user: str
    project: str = ""
    label: str = ""
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """Why nobody gets the machines: who has them, and when as many are free again.

    `message` is for people and says all of it. `next_free` is None when there would not be enough
    of them at any time.
    """

    message: str
    next_free: datetime | None = None
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """What a site can install: a distribution with the answers to its installer's questions."""

    name: str
    distro: str = ""
    login: str = ""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is put on one machine. Secrets are no part of it; the keys are public ones."""

    lease: LeaseId
    owner: LeaseOwner
    profile: str
    nonce: str = field(repr=False)
    ssh_keys: tuple[str, ...] = ()
    user_data: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a site says of a machine now.

    `lease` is whose mark its record carries, `nonce` what the machine itself has told after its
    installation. `boots_from_network` is None where the site does not know. `progress` is per cent.
    """

    power: Power
    profile: str = ""
    lease: str = ""
    nonce: str = field(default="", repr=False)
    boots_from_network: bool | None = None
    progress: int | None = None
    note: str = ""
