"""Where may the archive of a plugin be had?

Source: sdk/go/common/workspace/plugins.go of Pulumi, for names and servers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import UsageProblem

_RELEASES = "https://github.com/{owner}/{repository}/releases/download/v{version}"
_PULUMIS = "https://get.pulumi.com/releases/plugins"
_GITHUB = "github://api.github.com/"
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True)
class Platform:
    """A system and an architecture, with Go's names."""

    system: str
    architecture: str

    def __str__(self) -> str:
        return f"{self.system}-{self.architecture}"


def platform_of(system: str, machine: str) -> Platform:
    """Return the platform from what `uname` says."""
    machine = machine.lower()
    return Platform(system.lower(), _ARCHITECTURES.get(machine, machine))


def archive_name(package: Package, platform: Platform) -> str:
    return f"pulumi-resource-{package.name}-v{package.version}-{platform}.tar.gz"


def in_mirror(mirror: str, package: Package, platform: Platform) -> str:
    """Return the place of an archive in a mirror: a folder or the URL of one."""
    name = archive_name(package, platform)
    return f"{mirror.rstrip('/')}/{quote(name)}" if is_url(mirror) else str(Path(mirror) / name)


@dataclass(frozen=True, slots=True)
class Sources:
    """Mirrors (folders or URLs) first, then publishers, if they may be asked."""

    mirrors: Sequence[str] = ()
    may_download: bool = True

    def of(self, package: Package, platform: Platform) -> Sequence[str]:
        """Return the places of an archive. Errors: UsageProblem."""
        mirrored = [in_mirror(mirror, package, platform) for mirror in self.mirrors]
        return [*mirrored, *(publishers(package, platform) if self.may_download else ())]


NO_MIRRORS = Sources()


def publishers(package: Package, platform: Platform) -> Sequence[str]:
    """Return the places that the publisher names, else Pulumi's, in the order to try.

    Errors: UsageProblem for a kind of place that is not known.
    """
    name = quote(archive_name(package, platform))
    url = package.plugin_download_url
    if not url:
        repository = f"pulumi-{package.name}"
        releases = _RELEASES.format(owner="pulumi", repository=repository, version=package.version)
        return f"{releases}/{name}", f"{_PULUMIS}/{name}"
    if url.startswith(_GITHUB):
        owner, _, repository = url.removeprefix(_GITHUB).strip("/").partition("/")
        releases = _RELEASES.format(
            owner=owner,
            repository=repository or f"pulumi-{package.name}",
            version=package.version,
        )
        return (f"{releases}/{name}",)
    if not is_url(url):
        raise UsageProblem(
            f"the plugin {package} is said to be at {url}, and that kind of place is not known",
            hint="https:// and github:// are; or install the plugin by hand",
        )
    return (f"{_filled(url, package, platform).rstrip('/')}/{name}",)


def is_url(place: str) -> bool:
    return place.startswith(("https://", "http://"))


def _filled(url: str, package: Package, platform: Platform) -> str:
    parts: Mapping[str, str] = {
        "${NAME}": package.name,
        "${VERSION}": package.version,
        "${OS}": platform.system,
        "${ARCH}": platform.architecture,
    }
    for mark, part in parts.items():
        url = url.replace(mark, quote(part)).replace(quote(mark), quote(part))
    return url
