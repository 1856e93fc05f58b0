"""Where does a program come from, and is a copy of it needed to see later what has run?"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudmesh_iac.core.history import Origin, with_copy
from cloudmesh_iac.settings.git import RunsGit, commit_of

LARGEST_COPY = 1_000_000  # characters


def origin_of(files: Sequence[Path], *, project_dir: Path, git: RunsGit) -> Origin:
    """Return the commit of a project, and a copy of these files where no commit holds them.

    A program that is larger than a million characters is not copied.
    """
    commit = commit_of(project_dir, files, git)
    if commit is not None and not commit.is_dirty:
        return Origin(commit.name)
    origin = Origin() if commit is None else Origin(commit.name, is_dirty=True)
    return with_copy(origin, _texts(files, project_dir))


def _texts(files: Sequence[Path], project_dir: Path) -> Mapping[str, str]:
    """Return the text of each file; empty when one cannot be read, or when it is too much."""
    texts: dict[str, str] = {}
    for file in files:
        try:
            texts[_shown(file, project_dir)] = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return {}
    return texts if sum(map(len, texts.values())) <= LARGEST_COPY else {}


def _shown(file: Path, project_dir: Path) -> str:
    return str(file.relative_to(project_dir) if file.is_relative_to(project_dir) else file)
