"""Virtual machines and what they need: which things are there, and what a site offers for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Thing(StrEnum):
    """What a site that has virtual machines can be asked for, in the words of the plan."""

    VM = "vm"
    KEY_PAIR = "keypair"
    NETWORK = "network"
    SUBNET = "subnet"
    ROUTER = "router"
    SECURITY_GROUP = "securitygroup"
    FLOATING_IP = "floatingip"


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size that a site offers. Units: `memory_mb` in MiB (2**20 bytes), `disk_gb` in GiB."""

    name: str
    cpus: int
    memory_mb: int
    disk_gb: int = 0


@dataclass(frozen=True, slots=True)
class Image:
    """A disk to start from. `login` is the user to log in as, empty where the site does not say."""

    name: str
    id: str = ""
    login: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """What a machine needs at least. Units as in Flavor; 0 asks for nothing."""

    cpus: int = 0
    memory_mb: int = 0
    disk_gb: int = 0

    def fits_in(self, flavor: Flavor) -> bool:
        return (
            flavor.cpus >= self.cpus
            and flavor.memory_mb >= self.memory_mb
            and flavor.disk_gb >= self.disk_gb
        )

    def __str__(self) -> str:
        parts = [f"{self.cpus} cpu{'s' if self.cpus > 1 else ''}"] if self.cpus else []
        parts += [f"{self.memory_mb / 1024:g} GiB"] if self.memory_mb else []
        parts += [f"{self.disk_gb} GiB of disk"] if self.disk_gb else []
        return ", ".join(parts) or "any size"


def smallest_fitting(size: Size, flavors: Iterable[Flavor]) -> Flavor | None:
    """Return the smallest flavor that fits: by cpus, then memory, disk and name; None for none."""
    return min((one for one in flavors if size.fits_in(one)), key=_how_large, default=None)


def _how_large(flavor: Flavor) -> tuple[int, int, int, str]:
    return flavor.cpus, flavor.memory_mb, flavor.disk_gb, flavor.name


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be made. `token` is only this create's; `props` are plain, by thing.

    vm: `name`, `image`, `flavor`, `key`, `networks`, `security_groups`, `user_data`, `tags`.
    keypair: `name`, `public_key`. network: `name`. subnet: `name`, `network`, `cidr`.
    router: `name`, `subnets`, `external_network`. floatingip: `pool`, `vm`.
    securitygroup: `name`, `rules` (each `protocol`, `port_min`, `port_max`, `cidr`).
    """

    thing: Thing
    token: str
    props: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """A thing that is there: `outputs` are what the site says of it, its name and state among them.

    `token` is empty where a site cannot say by which create it came.
    """

    id: str
    thing: Thing
    outputs: Mapping[str, object] = field(default_factory=dict)
    token: str = ""


@dataclass(frozen=True, slots=True)
class SeenMachine:
    """A machine that a site lists, whoever has made it; texts are empty where it does not say.

    `stack` is `project/stack` by its tags, empty for a machine that carries none of ours.
    """

    name: str
    id: str
    state: str = ""
    address: str = ""
    flavor: str = ""
    image: str = ""
    stack: str = ""


class Counted(StrEnum):
    """What a site counts for an account. Units: memory in MiB."""

    MACHINES = "machines"
    CPUS = "cpus"
    MEMORY_MB = "memory_mb"
    ADDRESSES = "addresses"
    NETWORKS = "networks"
    ROUTERS = "routers"
    SECURITY_GROUPS = "security_groups"
    KEY_PAIRS = "key_pairs"

    @property
    def words(self) -> str:
        """Return what people call it, the unit left out."""
        return self.value.removesuffix("_mb").replace("_", " ")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much of something an account has on a site, and may have; None where nothing is said."""

    what: Counted
    used: int | None
    limit: int | None

    def lacks(self, wanted: int) -> int:
        """Return how much of what is wanted beside what is there is more than allowed."""
        if self.limit is None or self.used is None:
            return 0
        return max(0, self.used + wanted - self.limit)


# The user that an image of a distribution lets in; the first word that its name holds counts.
_LOGINS = (
    ("cirros", "cirros"),
    ("cc-", "cc"),
    ("ubuntu", "ubuntu"),
    ("debian", "debian"),
    ("rocky", "rocky"),
    ("alma", "almalinux"),
    ("centos", "centos"),
    ("fedora", "fedora"),
    ("amazon", "ec2-user"),
    ("freebsd", "freebsd"),
)


def login_of(image: str, images: Sequence[Image] = ()) -> str:
    """Return the user to log in as: what the site says of the image, else a guess by its name."""
    for one in images:
        if image in {one.name, one.id} and one.login:
            return one.login
    name = next((one.name for one in images if image == one.id), image).lower()
    return next((login for word, login in _LOGINS if word in name), "root")
