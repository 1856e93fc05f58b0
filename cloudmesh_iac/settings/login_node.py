"""Is this computer a login node, where people start jobs and must not run them?"""

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.settings.load import LOCAL, Settings
from cloudmesh_iac.settings.sites import Site

_WHY = "this is a login node; --on local runs jobs here all the same, one at a time"


def default_site_on(settings: Settings, *, scheduler_host: str | None, host: str) -> SiteName:
    """Return the site for programs that name none.

    Where a scheduler answers from another host and nobody has said otherwise, it is the scheduler.
    """
    if settings.default_site != LOCAL or not is_login_node(scheduler_host, host):
        return settings.default_site
    slurm = [site.name for site in settings.sites.values() if site.kind == "slurm"]
    return slurm[0] if slurm else settings.default_site


def is_login_node(scheduler_host: str | None, host: str) -> bool:
    """Compare host names without their domains; None means that there is no scheduler."""
    if not scheduler_host:
        return False
    return scheduler_host.partition(".")[0] != host.partition(".")[0]


def restrained(site: Site, *, asked_for: bool) -> Site:
    """Return the local site as a login node allows it.

    Not at all, unless somebody asked for it by name; then one slot, niced, ten minutes.
    """
    if not asked_for:
        off = {**site.options, "off": True}
        return Site(site.name, site.kind, site.project_dir, off, _WHY)
    limits = {"slots": 1, "nice": 10, "max_walltime_s": 600}
    return Site(site.name, site.kind, site.project_dir, {**site.options, **limits}, site.origin)
