"""Where are this person's plugins, from where may more be fetched, and what do they see?"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.load import Settings
from cloudmesh_iac.settings.passphrases import FILE_VARIABLE, VARIABLE
from cloudmesh_iac.settings.project import Project

ATTACHED_VARIABLE = "PULUMI_DEBUG_PROVIDERS"
HOME_VARIABLE = "PULUMI_HOME"
_NO_DOWNLOADS_VARIABLE = "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION"
_NO_PATH_VARIABLE = "PULUMI_IGNORE_AMBIENT_PLUGINS"
# What opens this person's secrets and state is nothing for a plugin.
_OURS_ALONE = (VARIABLE, FILE_VARIABLE, "PULUMI_ACCESS_TOKEN", "CMX_STORE", ATTACHED_VARIABLE)


@dataclass(frozen=True, slots=True)
class PluginSettings:
    """`folders` are looked into in this order, fetched plugins go into the first one.

    `mirrors` are folders or URLs; `attached` is what the environment says, as text.
    """

    folders: tuple[Path, ...]
    search_path: tuple[Path, ...] = ()
    named: Mapping[str, Path] = field(default_factory=dict)
    mirrors: tuple[str, ...] = ()
    may_download: bool = True
    attached: str = ""


def plugin_settings(computer: Computer, settings: Settings, project: Project) -> PluginSettings:
    environment = computer.environment
    home = environment.get(HOME_VARIABLE)
    shared = Path(home) if home else computer.home / ".pulumi"
    path = () if _is_set(environment, _NO_PATH_VARIABLE) else _search_path(environment)
    off = _is_set(environment, _NO_DOWNLOADS_VARIABLE)
    return PluginSettings(
        folders=(
            shared / "plugins",
            computer.home / ".cloudmesh" / "plugins",
            *settings.plugins.folders,
        ),
        search_path=path,
        named={**settings.plugins.paths, **project.plugin_paths},
        mirrors=settings.plugins.mirrors,
        may_download=settings.plugins.may_download and not off,
        attached=environment.get(ATTACHED_VARIABLE, ""),
    )


def plugin_environment(computer: Computer, project: Project) -> Mapping[str, str]:
    """Return the variables that a plugin sees."""
    known = {key: text for key, text in computer.environment.items() if key not in _OURS_ALONE}
    return {**known, "PULUMI_PROJECT": project.name}


def _search_path(environment: Mapping[str, str]) -> tuple[Path, ...]:
    return tuple(Path(one) for one in environment.get("PATH", "").split(os.pathsep) if one)


def _is_set(environment: Mapping[str, str], variable: str) -> bool:
    return environment.get(variable, "").lower() in {"1", "true"}
