"""Which site leases machines, and who declares them there?"""

from collections.abc import Mapping
from typing import Any

import pulumi

from cloudmesh_iac.components.context import RUN
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.engine.booting import BootsMachines
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.settings.kinds import resources_module
from cloudmesh_iac.settings.load import OpenSites, load
from cloudmesh_iac.settings.sites import Site


def find_metal_site(on: On) -> Site:
    """Return the site for bare metal: the one named, the first of a list, or the default one.

    Where the default site has none and only one site has, it is that one. Errors: UsageProblem.
    """
    sites = load()
    names = [on] if isinstance(on, str) else list(on) if on is not None else [_default(sites)]
    if not names:
        raise UsageProblem("on=[] names no site", hint="leave it out for the default site")
    for name in names:
        if not _has_machines(sites, name):
            kind = sites.settings.site(name).kind
            raise UsageProblem(f"site {name!r} ({kind}) leases no machines", subject=name)
    return sites.settings.site(names[0])


def declare_metal(
    name: str,
    *,
    site: Site,
    allocation: Mapping[str, Any],
    installation: Mapping[str, Any],
    opts: pulumi.ResourceOptions,
) -> Any:
    """Declare machines below `opts.parent`; returns the kind's DeclaredMachines."""
    module: Any = resources_module(site.kind)
    return module.declare_machines(name, allocation, installation, opts=opts)


def _default(sites: OpenSites) -> str:
    default = pulumi.Config(RUN).get("site") or str(sites.settings.default_site)
    if _has_machines(sites, default):
        return default
    others = [str(name) for name in sites.settings.sites if _may_have(sites, str(name))]
    if len(others) == 1:
        return others[0]
    if others:
        raise UsageProblem(
            f"which site? {default!r}, the default one, leases no machines",
            hint=f"say on=...: {', '.join(sorted(others))}",
        )
    raise UsageProblem(
        "no site that leases machines is configured",
        hint="`cmx site ls` shows the sites there are; a Cobbler site is one",
    )


def _has_machines(sites: OpenSites, name: str) -> bool:
    return isinstance(sites.provider(name), BootsMachines)


def _may_have(sites: OpenSites, name: str) -> bool:
    """A site whose settings are wrong is not the one that is meant."""
    try:
        return _has_machines(sites, name)
    except CmxError:
        return False
