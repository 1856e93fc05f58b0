"""Fetch a plugin that is not here, check it, and put it where it is found the next time."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.ports.surroundings import Events
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.archives import alone_in, unpack
from cloudmesh_iac.plugins.downloading import digest_of, fetch_archive
from cloudmesh_iac.plugins.finding import Places, find_program, folder_name, program_name
from cloudmesh_iac.plugins.lock_file import LOCK_FILE, LockFile
from cloudmesh_iac.plugins.sources import NO_MIRRORS, Platform, Sources

_STEPS = 4  # how often a download says how far it is
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Fetching:
    """How plugins are fetched: into which folder, and from where."""

    folder: Path
    platform: Platform
    lock: LockFile
    sources: Sources = NO_MIRRORS


class PluginFetcher:
    def __init__(self, how: Fetching, places: Places, events: Events) -> None:
        self._how = how
        self._places = places
        self._events = events

    def fetch(self, package: Package) -> Path | Failure:
        """Return the program, now that it is here; or one error that says how to bring it."""
        if not package.version:
            return self._not_here(package, ["the program asks for no version of it"])
        try:
            with alone_in(self._how.folder):
                return self._installed(package) or self._fetch(package)
        except CmxError as error:
            return Failure.of(error)
        except OSError as error:
            return Failure(f"the plugin {package} cannot be put into {self._how.folder}: {error}")

    def _installed(self, package: Package) -> Path | None:
        """Another run may have brought it while we waited for the folder."""
        return find_program(package, Places(folders=[self._how.folder]))

    def _fetch(self, package: Package) -> Path | Failure:
        tried = []
        with tempfile.TemporaryDirectory(prefix=".fetching.", dir=self._how.folder) as scratch:
            archive = Path(scratch) / "archive.tar.gz"
            for place in self._how.sources.of(package, self._how.platform):
                try:
                    fetch_archive(place, archive, _Telling(self._events, package).progress)
                except CmxError as error:
                    tried.append(f"{place}: {error.message}")
                    continue
                return self._install(package, archive, place)
        return self._not_here(package, tried)

    def _install(self, package: Package, archive: Path, place: str) -> Path:
        """Errors: CmxError for an archive that is not the one that it was, or no archive at all."""
        digest = digest_of(archive)
        platform = str(self._how.platform)
        known = self._how.lock.digest(package, platform)
        if known is not None and known != digest:
            raise CmxError(
                f"the plugin {package} from {place} is not the one that {LOCK_FILE} knows:"
                f" its SHA-256 is {digest}, not {known}",
                subject=place,
                hint="somebody has changed it: ask the publisher;"
                f" if the change is right, remove the line from {self._how.lock.path}",
            )
        target = self._how.folder / folder_name(package)
        try:
            unpack(archive, target)
        except CmxError as error:
            raise CmxError(
                f"the plugin {package} from {place}: {error.message}",
                subject=place,
                hint="fetch it again; if it stays so, the place has a bad archive",
            ) from error
        program = target / program_name(package.name)
        if not program.is_file():
            shutil.rmtree(target)
            raise CmxError(
                f"the plugin {package} from {place} holds no {program.name}",
                subject=place,
                hint="plugins that need a language runtime are not supported yet",
            )
        program.chmod(0o755)
        if known is None:
            self._how.lock.note(package, platform, digest)
        self._events.tell(Noticed(f"installed the plugin {package} into {target}"))
        return program

    def _not_here(self, package: Package, tried: Sequence[str]) -> Failure:
        looked = [str(folder) for folder in self._places.folders]
        looked += ["$PATH"] if self._places.search_path else []
        why = f"; {'; '.join(tried)}" if tried else ""
        if not self._how.sources.may_download:
            why += "; downloads are switched off"
        name = f"pulumi-resource-{package.name}"
        return Failure(
            f"the plugin {package} is not here (looked in {', '.join(looked)}){why}",
            f"where there is a network, `cmx plugin mirror DIR` fetches what this project needs:"
            f" bring DIR over and say `plugins: {{mirror: DIR}}` in cloudmesh.yaml;"
            f" or put {name} on $PATH",
        )


class _Telling:
    """Say how far a download is, a few times only."""

    def __init__(self, events: Events, package: Package) -> None:
        self._events = events
        self._package = package
        self._said = -1

    def progress(self, got: int, size: int | None) -> None:
        step = got * _STEPS // size if size else got // (20 * _MEGABYTE)
        if step == self._said:
            return
        self._said = step
        of = f" of {size / _MEGABYTE:.0f}" if size else ""
        self._events.tell(
            Noticed(f"fetching the plugin {self._package}: {got / _MEGABYTE:.0f}{of} MB")
        )
