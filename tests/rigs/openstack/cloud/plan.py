"""Where the parts of a control plane are: folders, ports, passwords."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.rigs.ports import HERE, Place, free_block

PASSWORD = "test-secret"  # of every user of the cloud, its database among them
REGION = "RegionOne"
# Below the ports that the kernel gives to outgoing connections, above those of the other rigs.
_FIRST, _LAST, _EACH = 20000, 31900, 20


@dataclass(frozen=True, slots=True)
class Ports:
    """Nine ports of this computer, one after the other."""

    first: int

    @property
    def database(self) -> int:
        return self.first

    @property
    def queue(self) -> int:
        return self.first + 1

    @property
    def queue_peers(self) -> int:
        return self.first + 2

    @property
    def port_mapper(self) -> int:
        return self.first + 3

    @property
    def keystone(self) -> int:
        return self.first + 4

    @property
    def glance(self) -> int:
        return self.first + 5

    @property
    def placement(self) -> int:
        return self.first + 6

    @property
    def neutron(self) -> int:
        return self.first + 7

    @property
    def nova(self) -> int:
        return self.first + 8

    def all(self) -> range:
        return range(self.first, self.first + 9)


@dataclass(frozen=True, slots=True)
class Plan:
    """A control plane in a folder; `environment` is the folder of its Python environment."""

    folder: Path
    environment: Path
    ports: Ports

    @property
    def bin(self) -> Path:
        return self.environment / "bin"

    @property
    def data(self) -> Path:
        """What a later start goes on with: databases, keys, the identity of the hypervisor."""
        return self.folder / "data"

    @property
    def etc(self) -> Path:
        return self.folder / "etc"

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def socket(self) -> Path:
        return self.folder / "sockets" / "database"

    @property
    def clouds(self) -> Path:
        return self.folder / "clouds.yaml"

    def database_url(self, name: str) -> str:
        return f"mysql+pymysql://os:{PASSWORD}@127.0.0.1:{self.ports.database}/{name}"

    @property
    def queue_url(self) -> str:
        return f"rabbit://guest:guest@127.0.0.1:{self.ports.queue}/"

    @property
    def identity_url(self) -> str:
        return f"http://127.0.0.1:{self.ports.keystone}/v3"

    def endpoints(self) -> dict[str, tuple[str, str]]:
        """Return type and address of each service of the catalog, by name."""
        here = "http://127.0.0.1"
        return {
            "keystone": ("identity", self.identity_url),
            "glance": ("image", f"{here}:{self.ports.glance}"),
            "placement": ("placement", f"{here}:{self.ports.placement}"),
            "neutron": ("network", f"{here}:{self.ports.neutron}"),
            "nova": ("compute", f"{here}:{self.ports.nova}/v2.1"),
        }


@contextmanager
def free_ports() -> Iterator[Ports]:
    """Find ports that nobody uses, and keep others from them until the servers listen.

    Errors: CannotStart.
    """
    with free_block("openstack", range(_FIRST, _LAST, _EACH), _places) as first:
        yield Ports(first)


def _places(first: int) -> Iterable[Place]:
    return ((HERE, port) for port in Ports(first).all())
