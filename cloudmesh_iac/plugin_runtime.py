"""Which parts find, fetch and start plugins? Loaded when a program needs the first one."""

from collections.abc import Mapping
from dataclasses import dataclass
from os import uname

from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.plugins.fetching import Fetching, PluginFetcher
from cloudmesh_iac.plugins.finding import Places, parse_attached
from cloudmesh_iac.plugins.lock_file import LOCK_FILE, LockFile
from cloudmesh_iac.plugins.packages import ON_A_LOGIN_NODE, Around, PluginPackages
from cloudmesh_iac.plugins.schemas import SchemaShelf
from cloudmesh_iac.plugins.sources import Sources, platform_of
from cloudmesh_iac.settings.computer import Computer, python
from cloudmesh_iac.settings.load import Settings
from cloudmesh_iac.settings.plugin_settings import (
    PluginSettings,
    plugin_environment,
    plugin_settings,
)
from cloudmesh_iac.settings.project import Project


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where plugins are, and how more are brought."""

    places: Places
    fetching: Fetching


def plugin_shelf(computer: Computer, settings: Settings, project: Project) -> Shelf:
    """Return what person, project and host say about plugins. Errors: UsageProblem."""
    return _shelf(plugin_settings(computer, settings, project), project)


def _shelf(rules: PluginSettings, project: Project) -> Shelf:
    machine = uname()
    fetching = Fetching(
        rules.folders[0],
        platform_of(machine.sysname, machine.machine),
        LockFile(project.folder / LOCK_FILE),
        Sources(rules.mirrors, rules.may_download),
    )
    attached = parse_attached(rules.attached)
    return Shelf(Places(rules.folders, rules.named, rules.search_path, attached), fetching)


def plugin_packages(
    rules: PluginSettings,
    computer: Computer,
    settings: Settings,
    *,
    project: Project,
    variables: Mapping[str, str],
    events: Events,
    may_start: bool,
) -> PluginPackages:
    """Return the packages that plugins serve; `variables` are what sites hand to them.

    Errors: UsageProblem for a bad setting.
    """
    shelf = _shelf(rules, project)
    around = Around(
        plugin_environment(computer, project),
        variables,
        project.folder,
        python(),
        SchemaShelf(computer.home / ".cloudmesh" / "schemas"),
        at_once=settings.limits.requests,
        refusal=None if may_start else ON_A_LOGIN_NODE,
    )
    fetcher = PluginFetcher(shelf.fetching, shelf.places, events)
    return PluginPackages(shelf.places, around, events=events, fetch=fetcher.fetch)
