"""What goes into a job's directory before it runs, and what comes out of it afterwards?"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from cloudmesh_iac.core.jobs import JobRequest
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.batch.job_secrets import write_secrets
from cloudmesh_iac.providers.batch.layout import (
    ATTEMPTS,
    COMMAND,
    EXIT,
    MANIFEST,
    OWN_NAMES,
    SCRIPT,
    STDERR,
    STDOUT,
)

_GLOB = frozenset("*?[")


def prepare(
    directory: Path, request: JobRequest, *, script: str, own: frozenset[str] = frozenset()
) -> None:
    """Make the directory with its input files, `command.sh` and `job.sh`; the manifest comes after.

    What an earlier attempt left is cleared away first. `own` are further names in the directory
    that the site keeps for itself. Errors: SiteRefused.
    """
    try:
        if directory.exists():
            clear_away(directory, own)
        directory.mkdir(parents=True, exist_ok=True)
        for name, source in request.input_files.items():
            _copy_input(Path(source), directory / _inside(name, own=OWN_NAMES | own))
        # Bytes, so that no locale and no newline translation changes what was asked for.
        (directory / COMMAND).write_bytes(request.command.encode(errors="surrogateescape"))
        (directory / SCRIPT).write_bytes(script.encode(errors="surrogateescape"))
        # last: whoever fails before leaves none
        write_secrets(directory, request.secrets)
    except OSError as error:
        raise SiteRefused(
            f"the directory of job {request.point} cannot be prepared: {error}",
            subject=str(directory),
        ) from error


def rewrite_script(directory: Path, script: str) -> None:
    """Let the script say to people what was changed in the queue; the scheduler has its own copy.

    Errors: SiteRefused.
    """
    try:
        with half_of(directory / SCRIPT) as half:
            half.write_bytes(script.encode(errors="surrogateescape"))
            half.replace(directory / SCRIPT)
    except OSError as error:
        raise SiteRefused(
            f"a job script cannot be written: {error}", subject=str(directory)
        ) from error


def clear_away(directory: Path, names: Iterable[str] = ()) -> None:
    """Make room for a new attempt: the logs of the last one get the ending `.1`.

    `names` are further files that say how an attempt stands. What the job wrote itself stays.
    """
    for name in (MANIFEST, ATTEMPTS, EXIT, f"{EXIT}.tmp", *names):
        (directory / name).unlink(missing_ok=True)
    for name in (STDOUT, STDERR):
        if (directory / name).exists():
            (directory / name).replace(directory / f"{name}.1")


def fetch(directory: Path, names: Sequence[str], to: Path) -> tuple[str, ...]:
    """Copy named files out of a job's directory; return the names that were there.

    A name may be a pattern (`out/*.csv`); a folder comes with all that is in it. Links that lead
    out of the directory are not followed. Errors: SiteRefused for a name outside the directory, and
    for a file that cannot be read or written.
    """
    root = directory.resolve()
    sources: dict[Path, None] = {}
    for name in names:
        inside = _inside(name)
        found = sorted(_matches(root, inside))
        sources |= dict.fromkeys(path for path in found if path.resolve().is_relative_to(root))
    fetched = [source.relative_to(root) for source in sources]
    try:
        for relative in fetched:
            _copy_output(root / relative, to / relative)
    except OSError as error:
        raise SiteRefused(
            f"a file of a job cannot be fetched: {error}", subject=str(directory)
        ) from error
    return tuple(relative.as_posix() for relative in fetched)


def matching_names(names: Sequence[str], there: Iterable[str]) -> tuple[str, ...]:
    """Return which of the files that are there `fetch` would copy, by their names alone."""
    fetched: dict[str, None] = {}
    for name in names:
        inside = _inside(name)
        for each in sorted(there):
            path = PurePosixPath(each)
            if any(_is_match(part, inside) for part in (path, *path.parents)):
                fetched[each] = None
    return tuple(fetched)


def _is_match(path: PurePosixPath, pattern: PurePosixPath) -> bool:
    return len(path.parts) == len(pattern.parts) and path.match(str(pattern))


def _matches(root: Path, name: PurePosixPath) -> Iterable[Path]:
    found = list(root.glob(str(name))) if _GLOB & set(str(name)) else [root / name]
    for path in found:
        if path.is_dir():
            yield from (below for below in path.rglob("*") if below.is_file())
        elif path.is_file():
            yield path


def _inside(name: str, own: frozenset[str] = frozenset()) -> PurePosixPath:
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts:
        raise SiteRefused(
            f"{name!r} is not a file in the job's directory",
            hint="use a relative path without ..",
        )
    if str(path) in own:
        raise SiteRefused(
            f"an input file of a job cannot be called {name!r}",
            hint="cmx keeps its own file of this name there: choose another",
        )
    return path


def _copy_input(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)


def _copy_output(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # The old copy is replaced at the end: a reader never sees half a file.
    with half_of(target) as half:
        shutil.copy2(source, half)
        half.replace(target)


@contextmanager
def half_of(target: Path) -> Iterator[Path]:
    """Give a new file beside the target, of this writer alone; it is gone afterwards."""
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)
