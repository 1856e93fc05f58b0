"""Fill a folder with the archives of plugins, for computers that have no network."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.plugins.downloading import digest_of, fetch_archive
from cloudmesh_iac.plugins.lock_file import LOCK_FILE, LockFile
from cloudmesh_iac.plugins.sources import Platform, Sources, archive_name


@dataclass(frozen=True, slots=True)
class Mirrored:
    """One archive that is in the folder now; `was_there` says that it was before."""

    package: Package
    platform: Platform
    file: Path
    was_there: bool = False


def fill_mirror(
    folder: Path,
    wanted: Sequence[tuple[Package, Platform]],
    *,
    sources: Sources,
    lock: LockFile,
    say: Callable[[str], None],
) -> Sequence[Mirrored]:
    """Bring the archives that are not there yet.

    Those that the lock file knows have to be the same; the others are written down there.
    Errors: CmxError that names every archive that cannot be had.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done, problems = [], []
    for package, platform in wanted:
        file = folder / archive_name(package, platform)
        known = lock.digest(package, str(platform))
        if file.is_file() and known in {None, digest_of(file)}:
            done.append(Mirrored(package, platform, file, was_there=True))
            continue
        say(f"fetching the plugin {package} for {platform}")
        problem = _bring(file, sources.of(package, platform), known=known)
        if problem:
            problems.append(f"the plugin {package} for {platform}: {problem}")
            continue
        lock.note(package, str(platform), digest_of(file))
        done.append(Mirrored(package, platform, file))
    if problems:
        raise CmxError(
            "; ".join(problems), hint="what could be had is there; the same again tries the rest"
        )
    return done


def _bring(file: Path, places: Sequence[str], *, known: str | None) -> str:
    """Return why an archive is not there, empty if it is."""
    tried = [] if places else ["downloads are switched off, and there is no mirror"]
    with tempfile.TemporaryDirectory(prefix=".fetching.", dir=file.parent) as scratch:
        draft = Path(scratch) / file.name
        for place in places:
            try:
                fetch_archive(place, draft, lambda _got, _size: None)
            except CmxError as error:
                tried.append(f"{place}: {error.message}")
                continue
            if known is not None and digest_of(draft) != known:
                tried.append(f"{place}: it is not the one that {LOCK_FILE} knows")
                continue
            draft.replace(file)
            return ""
    return "; ".join(tried)
