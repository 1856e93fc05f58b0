"""`cmx plugin`: which provider plugins are here, and bring more."""

from pathlib import Path
from typing import Annotated

import typer

from cloudmesh_iac.cli import options
from cloudmesh_iac.cli.asking import needed_project
from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.provider_inputs import is_version
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.plugin_runtime import Shelf, plugin_shelf
from cloudmesh_iac.plugins.fetching import PluginFetcher
from cloudmesh_iac.plugins.finding import find_program, installed
from cloudmesh_iac.plugins.mirroring import fill_mirror
from cloudmesh_iac.plugins.sources import Platform
from cloudmesh_iac.settings.load import load_settings
from cloudmesh_iac.views.plugins_text import PluginRow, plugins_dict, plugins_text

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)
Platforms = Annotated[
    list[str] | None,
    typer.Option("--platform", metavar="OS-ARCH", help="For this one too: linux-arm64."),
]
Folder = Annotated[Path, typer.Argument(help="The folder to fill.")]
Plugins = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME@VERSION]...", help="These; else all in cmx.lock."),
]


@app.command("ls")
def ls(json: options.Json = False) -> None:
    """List the plugins that are here, and those that the project has used and are not."""
    desk = Desk(is_json=json)
    rows = _rows(_shelf(desk))
    if json:
        desk.answer({"version": 1, "plugins": plugins_dict(rows)})
    else:
        desk.say(plugins_text(rows))


@app.command("install")
def install(
    name: str = typer.Argument(help="A package: openstack."),
    version: str = typer.Argument(help="Its version: 5.5.3."),
    *,
    url: str = typer.Option("", "--url", help="Where its publisher has it, if not Pulumi."),
    json: options.Json = False,
) -> None:
    """Bring a plugin to this computer, unless it is here."""
    desk = Desk(is_json=json)
    shelf = _shelf(desk)
    package = _package(name, version, url)
    with desk.shown():
        program = find_program(package, shelf.places) or PluginFetcher(
            shelf.fetching, shelf.places, desk.events
        ).fetch(package)
    if isinstance(program, Failure):
        raise CmxError(program.message, hint=program.hint)
    if json:
        desk.answer({"version": 1, "program": str(program)})
    else:
        desk.say(str(program))


@app.command("mirror")
def mirror(
    folder: Folder,
    plugins: Plugins = None,
    *,
    platform: Platforms = None,
    json: options.Json = False,
) -> None:
    """Fill a folder with archives, for computers without a network."""
    desk = Desk(is_json=json)
    shelf = _shelf(desk)
    lock = shelf.fetching.lock
    packages = [_parsed(text) for text in plugins or ()]
    packages = packages or [one.package for one in lock.content()]
    if not packages:
        raise UsageProblem(
            f"{lock.path} knows no plugin",
            hint="name them: `cmx plugin mirror DIR openstack@5.5.3`",
        )
    platforms = [shelf.fetching.platform, *map(_platform, platform or ())]
    with desk.shown():
        done = fill_mirror(
            folder,
            [(package, one) for package in packages for one in platforms],
            sources=shelf.fetching.sources,
            lock=lock,
            say=lambda text: desk.events.tell(Noticed(text)),
        )
    if json:
        files = [{"file": str(one.file), "new": not one.was_there} for one in done]
        desk.answer({"version": 1, "archives": files})
    else:
        new = sum(not one.was_there for one in done)
        desk.say(f"{len(done)} archives in {folder}, {new} of them new")


def _shelf(desk: Desk) -> Shelf:
    project = needed_project(desk.here)
    return plugin_shelf(desk.computer, load_settings(desk.computer, project.folder), project)


def _rows(shelf: Shelf) -> list[PluginRow]:
    locked = [one.package for one in shelf.fetching.lock.content()]
    known = {(one.name, one.version) for one in locked}
    places = shelf.places
    rows = [PluginRow(Package(name), f"port {port}") for name, port in places.attached.items()]
    rows += [PluginRow(Package(name), str(path)) for name, path in sorted(places.named.items())]
    for folder in places.folders:
        rows += [
            PluginRow(package, str(path), (package.name, package.version) in known)
            for package, path in installed(folder)
        ]
    here = {(row.package.name, row.package.version) for row in rows}
    rows += [
        PluginRow(package, is_locked=True)
        for package in locked
        if (package.name, package.version) not in here
    ]
    return rows


def _parsed(text: str) -> Package:
    name, _, version = text.partition("@")
    return _package(name, version, "")


def _package(name: str, version: str, url: str) -> Package:
    version = version.removeprefix("v")
    if not name or not is_version(version):
        raise UsageProblem(
            f"{version or name!r} is not a version", hint="write NAME@1.2.3, or NAME 1.2.3"
        )
    return Package(name, version, url)


def _platform(text: str) -> Platform:
    system, _, architecture = text.partition("-")
    if not system or not architecture:
        raise UsageProblem(f"{text!r} is no platform", hint="write it like linux-arm64")
    return Platform(system, architecture)
