"""Which computer runs the controller of the cluster that this computer belongs to?"""

import re

from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.slurm.client import SlurmClient
from cloudmesh_iac.settings.computer import Computer

_CONTROLLER = re.compile(r"^Slurmctld\(\w+\) at (\S+) is (?:UP|DOWN)", re.MULTILINE)


def controller_host(computer: Computer, *, timeout_s: float = 5) -> str | None:
    """Return the host name of the first controller, up or down; None without a configured Slurm.

    Where it is another computer than this one, this one is a login node or a compute node.
    """
    client = SlurmClient("slurm", computer, timeout_s=timeout_s)
    try:
        found = _CONTROLLER.search(client.ping().out)
    except SiteUnreachable:
        return None
    return found[1] if found else None
