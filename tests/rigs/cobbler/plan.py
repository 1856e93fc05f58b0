"""Where the parts of a Cobbler with its machines are: folders, ports, addresses."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.ports import HERE, Place, free_block

USER = "admin-of-lab"
PASSWORD = "cobbler-canary-7f31"  # looked for where no password may be
BMC_USER = "bmc"
BMC_PASSWORD = "bmc-canary-52c9"
# Below the ports that the kernel gives to outgoing connections; the other rigs have their own.
_FIRST, _LAST, _EACH = 19000, 19990, 10
_NAMES = ("m1", "m2")


@dataclass(frozen=True, slots=True)
class LabMachine:
    """A machine of the lab. Its ssh server is at `address`, its controller at `bmc`."""

    name: str
    mac: str
    address: str
    bmc_port: int
    folder: Path

    @property
    def bmc(self) -> str:
        return f"127.0.0.1:{self.bmc_port}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A Cobbler in a folder. Each lab of this computer has a first port of its own."""

    folder: Path
    first_port: int

    @property
    def api_port(self) -> int:
        return self.first_port

    @property
    def web_port(self) -> int:
        return self.first_port + 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api_port}"

    @property
    def web(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def tftp(self) -> Path:
        return self.folder / "tftp"

    @property
    def www(self) -> Path:
        return self.folder / "www"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def key(self) -> Path:
        """A private key of ssh; the public one lies beside it."""
        return self.folder / "id_lab"

    @property
    def machines(self) -> tuple[LabMachine, ...]:
        net = (self.first_port - _FIRST) // _EACH + 1
        return tuple(
            LabMachine(
                name=name,
                mac=f"52:54:00:c0:{net:02x}:{number:02x}",
                address=f"127.0.{100 + net}.{number}",
                bmc_port=self.first_port + 1 + number,
                folder=self.folder / "machines" / name,
            )
            for number, name in enumerate(_NAMES, start=1)
        )

    def write(self) -> None:
        (self.folder / "plan.json").write_text(json.dumps({"first_port": self.first_port}))


def plan_in(folder: Path) -> Plan:
    """Return the plan of a lab that is running."""
    return Plan(folder, json.loads((folder / "plan.json").read_text())["first_port"])


@contextmanager
def free_ports(folder: Path) -> Iterator[Plan]:
    """Find ports that nobody uses, and keep others from them until the servers listen.

    Errors: CannotStart.
    """

    def places(first: int) -> Iterable[Place]:
        plan = Plan(folder, first)
        ports = ((HERE, plan.api_port), (HERE, plan.web_port))
        return (*ports, *((one.address, 22) for one in plan.machines))

    with free_block("cobbler", range(_FIRST, _LAST, _EACH), places) as first:
        yield Plan(folder, first)
