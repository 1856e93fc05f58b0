"""Where on this computer is a plugin?

Folders come first, in the order in which they are given, then `$PATH`. In a folder it is Pulumi's
own layout: `resource-openstack-v5.5.3/pulumi-resource-openstack`. The version has to be the one
that is asked for, or the folder has none; who asks for none gets the newest.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import UsageProblem

DEBUG_VARIABLE = "PULUMI_DEBUG_PROVIDERS"
_HIGHEST_PORT = 65535
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
_Order: TypeAlias = tuple[tuple[int, ...], int, tuple[tuple[int, int, str], ...]]


@dataclass(frozen=True, slots=True)
class Places:
    """Where plugins may be. `named` are programs or their folders that somebody has written down.

    `search_path` is what `$PATH` holds, `attached` the ports of plugins that run already.
    """

    folders: Sequence[Path] = ()
    named: Mapping[str, Path] = field(default_factory=dict)
    search_path: Sequence[Path] = ()
    attached: Mapping[str, int] = field(default_factory=dict)


def find_program(package: Package, places: Places) -> Path | None:
    """Return the program of a plugin that is here. Errors: UsageProblem for a bad named path."""
    named = places.named.get(package.name)
    if named is not None:
        return _named(package, named)
    for folder in places.folders:
        found = _in_folder(package, folder)
        if found is not None:
            return found
    for folder in places.search_path:
        program = folder / program_name(package.name)
        if _is_program(program):
            return program
    return None


def program_name(package: str) -> str:
    return f"pulumi-resource-{package}"


def folder_name(package: Package) -> str:
    """Return what the folder of one version of a plugin is called."""
    return f"resource-{package.name}-v{package.version}"


def installed(folder: Path) -> Iterator[tuple[Package, Path]]:
    """Yield the plugins of a folder, by name and from old to new."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        package = _package_of(path)
        if package is not None:
            found.append((package, path))
    yield from sorted(found, key=lambda one: (one[0].name, version_order(one[0].version)))


def parse_attached(text: str) -> Mapping[str, int]:
    """Read `openstack:1234,aws:5678`. Errors: UsageProblem."""
    ports = {}
    for entry in text.split(","):
        name, _, port = entry.strip().partition(":")
        if not name and not port:
            continue
        if not (name and port.isdecimal() and 0 < int(port) <= _HIGHEST_PORT):
            raise UsageProblem(
                f"{DEBUG_VARIABLE}: {entry.strip()!r} is not a name and a port",
                hint="write it like openstack:12345,aws:12346",
            )
        ports[name] = int(port)
    return ports


def version_order(version: str) -> _Order:
    """Return a key that sorts versions as semver does; what is none comes first."""
    parts = _VERSION.fullmatch(version)
    if parts is None:
        return (-1,), 0, ()
    numbers = tuple(int(part) for part in parts.groups()[:3])
    pre = parts[4]
    if pre is None:
        return numbers, 1, ()
    pieces = pre.split(".")
    return (
        numbers,
        0,
        tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in pieces),
    )


def _in_folder(package: Package, folder: Path) -> Path | None:
    name = program_name(package.name)
    if package.version:
        exact = folder / folder_name(package)
        bare = folder / f"resource-{package.name}"
        candidates = [path for path in (exact, bare) if _is_whole(path)]
    else:
        mine = [path for one, path in installed(folder) if one.name == package.name]
        candidates = list(reversed(mine))
    return next((path / name for path in candidates if _is_program(path / name)), None)


def _package_of(path: Path) -> Package | None:
    if not (path.name.startswith("resource-") and _is_whole(path)):
        return None
    name, _, version = path.name.removeprefix("resource-").rpartition("-v")
    if name and _VERSION.fullmatch(version):
        return Package(name, version)
    return Package(path.name.removeprefix("resource-"))


def _is_whole(folder: Path) -> bool:
    """Pulumi leaves a file beside a folder for as long as it unpacks into it."""
    return folder.is_dir() and not folder.with_name(f"{folder.name}.partial").exists()


def _named(package: Package, path: Path) -> Path:
    program = path / program_name(package.name) if path.is_dir() else path
    if not _is_program(program):
        raise UsageProblem(
            f"the plugin {package.name} is not at {program}",
            subject=str(path),
            hint="correct the path, or remove it from the settings",
        )
    return program


def _is_program(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)
