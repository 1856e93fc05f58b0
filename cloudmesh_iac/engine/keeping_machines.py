"""Who works at a site, and who says whose its machines are?"""

from collections.abc import Mapping
from dataclasses import dataclass

from cloudmesh_iac.core.metal import Lease, Machine, MachineName
from cloudmesh_iac.engine.booting import BootsMachines, LimitsInstalls
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.engine.ports.surroundings import Clock

_INSTALL_LIMIT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Keeper:
    """What every step with machines needs: their site, their pool, and the time."""

    site: BootsMachines
    pool: Pool
    clock: Clock

    @property
    def install_limit_s(self) -> float:
        """Return how long an installation may take."""
        site = self.site
        return site.install_limit_s if isinstance(site, LimitsInstalls) else _INSTALL_LIMIT_S

    def inventory(self, lease: Lease) -> Mapping[MachineName, Machine]:
        return {one.name: one for one in self.pool.machines(lease.site)}
