"""The lab's Cobbler as a site whose machines are leased."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Controller, Machine, MachineName
from cloudmesh_iac.providers.cobbler.provider import CobblerProvider, client_of
from cloudmesh_iac.settings.sites import Site
from tests.contract.jobs import a_computer
from tests.contract.metal import MetalSite
from tests.rigs.cobbler.furnishing import BLUE
from tests.rigs.cobbler.lab import CobblerLab

_LONGEST_S = 900.0  # on a computer that has a lot else to do


def lab_machines(lab: CobblerLab) -> tuple[Machine, ...]:
    """Return what an inventory says of the lab's machines."""
    return tuple(
        Machine(
            MachineName(one.name),
            one.mac,
            address=one.address,
            controller=Controller("cobbler", "127.0.0.1", one.bmc_port),
        )
        for one in lab.machines
    )


def cobbler_metal_site(
    lab: CobblerLab, folder: Path, *, after: Callable[[str], None] = lambda _: None
) -> MetalSite:
    """`after` is told each call when Cobbler has answered it."""
    site = Site(SiteName("lab"), "cobbler", folder, lab.options)
    computer = a_computer(folder, environment=lab.environment)
    call = client_of(site, computer).call

    def told(method: str, *arguments: Any) -> Any:
        answer = call(method, *arguments)
        after(method)
        return answer

    provider = CobblerProvider(site, computer, call=told)
    first, second = lab_machines(lab)
    provider.pool.put(site.name, (first, second))
    return MetalSite(
        site.name, provider, (first, second), BLUE, _LONGEST_S, ssh_keys=(lab.public_key,)
    )
