"""Put together what project, person and host say about sites.

The second place that wires, beside `runtime`: components and handlers come here with the name of a
site, under either engine.
"""

import shutil
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.clouds_yaml import cloud_sites
from cloudmesh_iac.settings.computer import Computer, this_computer
from cloudmesh_iac.settings.defaults import NO_DEFAULTS, AllDefaults
from cloudmesh_iac.settings.files import Limits, read_settings
from cloudmesh_iac.settings.git import commit_of, git_of
from cloudmesh_iac.settings.kinds import kinds, provider_class
from cloudmesh_iac.settings.plugin_rules import NO_RULES, PluginRules, merged_rules
from cloudmesh_iac.settings.project import PROJECT_FILE
from cloudmesh_iac.settings.sites import Site
from cloudmesh_iac.settings.variables import PROJECT_DIR_VARIABLE

SETTINGS_FILE = "cloudmesh.yaml"
HOST_FILE = Path("/etc/cloudmesh/site.yaml")
LOCAL = SiteName("local")
SLURM = SiteName("slurm")
SETTINGS_DIR_VARIABLE = "CMX_SETTINGS_DIR"
DEFAULT_SITE_VARIABLE = "CMX_DEFAULT_SITE"
HOST_FILE_VARIABLE = "CMX_HOST_FILE"


@dataclass(frozen=True, slots=True)
class Settings:
    """All configured sites, and the one that is used when a program names none."""

    project_dir: Path
    sites: Mapping[SiteName, Site]
    default_site: SiteName
    limits: Limits
    plugins: PluginRules = NO_RULES
    defaults: AllDefaults = NO_DEFAULTS

    def site(self, name: str) -> Site:
        """Errors: UsageProblem with the nearest name and the sites there are."""
        site = self.sites.get(SiteName(name))
        if site is not None:
            return site
        raise UsageProblem(
            f"there is no site {name!r}", subject=name, hint=_instead(name, self.sites)
        )


def _instead(name: str, sites: Collection[str]) -> str:
    """Return what may have been meant; the name of a kind is no site yet."""
    otherwise = f"configured sites: {', '.join(sorted(sites))}"
    if name in kinds():
        entry = f"{name[:3]}: {{kind: {name}}}"
        otherwise = f"it is a kind of site: name one in cloudmesh.yaml, `sites: {{{entry}}}`"
    return instead_of(name, sites, otherwise=otherwise)


class OpenSites:
    """The providers of the sites in use, one object per site, whichever thread asks first."""

    def __init__(self, settings: Settings, computer: Computer) -> None:
        self.settings = settings
        self._computer = computer
        self._open: dict[str, object] = {}
        self._commit: str | None = None
        self._lock = threading.Lock()

    def provider(self, name: str) -> object:
        """Return what does the work of a site.

        Errors: UsageProblem for a site that is not there or whose settings are wrong.
        """
        with self._lock:
            if name not in self._open:
                site = self.settings.site(name)
                self._open[name] = provider_class(site.kind)(site, self._computer)
            return self._open[name]

    def commit(self) -> str:
        """Return the git commit of the project, with `+` when it holds something else; or nothing.

        Asked once.
        """
        if self._commit is None:
            found = commit_of(self.settings.project_dir, (), git_of(self._computer))
            self._commit = "" if found is None else f"{found.name}{'+' if found.is_dirty else ''}"
        return self._commit


def load_settings(computer: Computer, start: Path | None = None) -> Settings:
    """Read the files: the project's says more than the person's, the person's more than the host's.

    `local` needs no entry, nor does `slurm` where there is an sbatch, nor a cloud of clouds.yaml.
    The project is looked for from `CMX_PROJECT_DIR`, else from `start` upwards. `CMX_SETTINGS_DIR`
    is a folder whose settings count in the place of the project's own: who proposes a change does
    not set its judge.
    """
    environment = computer.environment
    begin = environment.get(PROJECT_DIR_VARIABLE) or start or computer.works_in()
    project_dir = _project_dir(Path(begin))
    host_file = Path(environment.get(HOST_FILE_VARIABLE) or HOST_FILE)
    own_dir = Path(environment.get(SETTINGS_DIR_VARIABLE) or project_dir)
    files = (host_file, computer.home / ".cloudmesh" / SETTINGS_FILE, own_dir / SETTINGS_FILE)
    read = [(file, read_settings(file)) for file in files]
    limits = _strictest([content.limits for _, content in read if content.limits])
    sites = {
        **cloud_sites(computer, project_dir, beside=own_dir),
        LOCAL: Site(LOCAL, "local", project_dir),
    }
    if shutil.which("sbatch", path=environment.get("PATH", "")):
        sites[SLURM] = Site(SLURM, "slurm", project_dir, _limited({}, limits))
    default = LOCAL
    for file, content in read:
        for name, entry in content.sites.items():
            options = _limited(entry.options(), limits)
            sites[SiteName(name)] = Site(
                SiteName(name), entry.kind, project_dir, options, str(file)
            )
        default = SiteName(content.default.site or default)
    if not limits.local:
        by = next(file for file, content in read if content.limits and not content.limits.local)
        for site in [one for one in sites.values() if one.kind == "local" or one.name == LOCAL]:
            off = {**site.options, "off": True}
            sites[site.name] = Site(site.name, "local", project_dir, off, str(by))
    chosen = SiteName(environment.get(DEFAULT_SITE_VARIABLE) or default)
    rules = merged_rules([(file, one.plugins) for file, one in read], home=computer.home)
    names = [_file_name(file, project_dir, computer.home) for file in files]
    told = zip(names, (content.default for _, content in read), strict=True)
    defaults = AllDefaults(tuple(told))
    return Settings(project_dir, sites, chosen, limits, rules, defaults)


@cache
def load() -> OpenSites:
    """Return the sites as this process sees them; read once per process."""
    computer = this_computer()
    return OpenSites(load_settings(computer), computer)


def _file_name(file: Path, project_dir: Path, home: Path) -> str:
    """Return a name that is the same for everybody, so that a plan does not differ by it."""
    if file.parent == project_dir:
        return file.name
    return f"~/{file.relative_to(home)}" if file.is_relative_to(home) else str(file)


def _project_dir(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / PROJECT_FILE).is_file():
            return folder.resolve()
    return start.resolve()


def _strictest(limits: Sequence[Limits]) -> Limits:
    """Each file may add to what another lays down, and take nothing off."""
    polls = [one.poll_s for one in limits if one.poll_s is not None]
    requests = [one.requests for one in limits if one.requests is not None]
    return Limits(
        local=all(one.local for one in limits),
        poll_s=max(polls, default=None),
        requests=min(requests, default=None),
    )


def _limited(options: Mapping[str, object], limits: Limits) -> Mapping[str, object]:
    """A site that says nothing gets the limit: its kind's own number may be smaller."""
    asked = options.get("poll_s", limits.poll_s)
    if limits.poll_s is None or not isinstance(asked, int | float):
        return options
    return {**options, "poll_s": max(float(asked), limits.poll_s)}
