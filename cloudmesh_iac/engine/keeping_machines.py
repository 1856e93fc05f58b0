"""Who works at a site, and who says whose its machines are?"""

from collections.abc import Mapping
from dataclasses import dataclass

from cloudmesh_iac.core.metal import Lease, Machine, MachineName
from cloudmesh_iac.engine.booting import BootsMachines
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.engine.ports.surroundings import Clock

INSTALL_LIMIT_S = 3600.0
"""How long an installation may take at a site that does not say so itself."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """What every step with machines needs: their site, their pool, and the time."""

    site: BootsMachines
    pool: Pool
    clock: Clock

    def inventory(self, lease: Lease) -> Mapping[MachineName, Machine]:
        return {one.name: one for one in self.pool.machines(lease.site)}
