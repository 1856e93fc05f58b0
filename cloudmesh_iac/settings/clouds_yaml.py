"""Which clouds do OpenStack's own files name? They are looked for where its clients look.

Source: openstacksdk, "Configuring OpenStack SDK Applications": the file that
OS_CLIENT_CONFIG_FILE names, else clouds.yaml in the working folder, in ~/.config/openstack, in
/etc/openstack; the first one that is there counts, alone.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

FILE_VARIABLE = "OS_CLIENT_CONFIG_FILE"
KIND = "openstack"
_SYSTEM = Path("/etc/openstack")
_NAMES = ("clouds.yaml", "clouds.yml")


def clouds_file(computer: Computer, project_dir: Path) -> Path | None:
    """Return the file that counts, None where there is none that can be read."""
    return next((file for file in _places(computer, project_dir) if file.is_file()), None)


def cloud_sites(
    computer: Computer, project_dir: Path, *, beside: Path | None = None
) -> Mapping[SiteName, Site]:
    """Return a site for each cloud, by its name. What is in it is the clients' own business.

    A file of the project counts in the folder `beside`, if that is another.
    Errors: UsageProblem for a file that is no such file.
    """
    file = clouds_file(computer, beside or project_dir)
    if file is None:
        return {}
    found: dict[SiteName, Site] = {}
    for name in _clouds_in(file):
        site = SiteName(str(name))
        found[site] = Site(site, KIND, project_dir, {"cloud": str(name)}, str(file))
    return found


def _places(computer: Computer, project_dir: Path) -> Iterator[Path]:
    given = computer.environment.get(FILE_VARIABLE)
    if given:
        yield Path(given)
    own = computer.environment.get("XDG_CONFIG_HOME")
    folder = Path(own) if own else computer.home / ".config"
    for place in (project_dir, folder / "openstack", _SYSTEM):
        yield from (place / name for name in _NAMES)


def _clouds_in(file: Path) -> Mapping[Any, Any]:
    try:
        content = yaml.safe_load(file.read_text())
    except OSError:
        return {}  # another person's: its clients could not read it either
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        words = str(error).replace("\n", " ")
        raise UsageProblem(f"{file} is not YAML: {words}", subject=str(file)) from error
    clouds = content.get("clouds") if isinstance(content, Mapping) else None
    if content is not None and not isinstance(clouds, Mapping):
        raise UsageProblem(f"{file}: it needs `clouds:` with a cloud below it", subject=str(file))
    return clouds or {}
