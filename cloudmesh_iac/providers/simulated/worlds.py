"""What is behind a simulated site, by its settings: a queue, a cloud, machines?"""

import hashlib
from collections.abc import Callable
from functools import partial

from cloudmesh_iac.providers.simulated.cloud import SimulatedCloud
from cloudmesh_iac.providers.simulated.machines import SimulatedMachines
from cloudmesh_iac.providers.simulated.scheduler import SimulatedScheduler
from cloudmesh_iac.providers.simulated.settings import SimulatedSettings
from cloudmesh_iac.providers.simulated.world_file import FiledScheduler


def a_world(settings: SimulatedSettings) -> SimulatedScheduler:
    make: Callable[..., SimulatedScheduler] = SimulatedScheduler
    if settings.world is not None:
        make = partial(FiledScheduler, path=settings.world)
    return make(
        slots=settings.slots,
        most_jobs=settings.most_jobs,
        seed=settings.seed,
        shortest_s=settings.shortest_s,
        longest_s=settings.longest_s,
    )


def some_hardware(settings: SimulatedSettings) -> SimulatedMachines:
    world = settings.world
    return SimulatedMachines(
        profiles=tuple(settings.profiles),
        seed=settings.seed,
        shortest_s=settings.shortest_install_s,
        longest_s=settings.longest_install_s,
        faults=dict(settings.faults),
        path=None if world is None else world.with_name(f"{world.name}.machines"),
    )


def mac_of(site: str, number: int) -> str:
    """Return an address of those that nobody's hardware has; another one at another site."""
    digest = hashlib.sha256(site.encode()).digest()
    return ":".join(f"{byte:02x}" for byte in (0x02, *digest[:3], *divmod(number, 256)))


def a_cloud(settings: SimulatedSettings) -> SimulatedCloud:
    world = settings.world
    return SimulatedCloud(
        flavors=settings.offered_flavors(),
        images=settings.offered_images(),
        most_vms=settings.vms,
        path=None if world is None else world.with_name(f"{world.name}.things"),
    )
