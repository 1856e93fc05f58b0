"""What a test of sites with machines needs: a site, and two machines that are free for it."""

from dataclasses import dataclass, field
from pathlib import Path

from cloudmesh_iac.core.jobs import Failure, SiteName
from cloudmesh_iac.core.metal import Installation, LeaseId, LeaseOwner, Machine, Power, Standing
from cloudmesh_iac.engine.booting import BootsMachines
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from tests.contract.jobs import a_computer, a_site

# A kind stands here when `tests/contract/conftest.py` has a fixture `<kind>_metal` for it.
KINDS = ["simulated", "cobbler"]
OURS, THEIRS = LeaseId("lease-0123456789abcdef"), LeaseId("lease-fedcba9876543210")


@dataclass(frozen=True)
class MetalSite:
    """A site, two machines of it that are free for tests, and how long an installation may take.

    `profile` is one that these machines can be installed with; `user_data` and `ssh_keys` are what
    the site's machines take.
    """

    name: SiteName
    site: BootsMachines
    machines: tuple[Machine, Machine]
    profile: str
    longest_s: float
    ssh_keys: tuple[str, ...] = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFake me",)
    nonces: list[str] = field(default_factory=list)

    def installation(self, lease: LeaseId = OURS, profile: str = "") -> Installation:
        self.nonces.append(f"{len(self.nonces):032x}")
        owner = LeaseOwner("ada", "hpc", "study", "urn:pulumi:study::lab::cmx:index:BareMetal::ion")
        return Installation(lease, owner, profile or self.profile, self.nonces[-1], self.ssh_keys)

    def standing(self, machine: Machine) -> Standing:
        answer = self.site.standings([machine])[machine.name]
        assert not isinstance(answer, Failure), answer
        return answer

    def clean(self) -> None:
        for machine in self.machines:
            self.site.switch(machine, Power.OFF)
            for lease in (OURS, THEIRS):
                self.site.clear(machine, lease=lease)


def a_simulated_metal(folder: Path) -> MetalSite:
    options = {"shortest_install_s": 0.2, "longest_install_s": 0.3, "world": "world.json"}
    site = a_site("simulated", folder, machines=2, **options)
    provider = SimulatedProvider(site, a_computer(folder))
    first, second = provider.pool.machines(site.name)
    return MetalSite(site.name, provider, (first, second), "ubuntu-24.04", longest_s=10.0)
