"""Which git commit is a folder at, and does it still hold what lies there?

Only the `git` program is asked. Where there is none, or it does not answer, nothing is known.
"""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cloudmesh_iac.settings.computer import Computer

DEADLINE_S = 5.0
# What a repository says must not make git run anything, and looking must not write its index.
_QUIET = ("--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
# A hook of git runs with these set, and they may speak of another repository.
_PLACES = frozenset({"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"})
_COMMIT = "# branch.oid "
_NONE_YET = "(initial)"


@dataclass(frozen=True, slots=True)
class Commit:
    """The commit that a folder is at; `is_dirty` says that it does not hold what was asked for."""

    name: str
    is_dirty: bool


class RunsGit(Protocol):
    def __call__(self, folder: Path, *arguments: str) -> str | None:
        """Return what git printed, or None when it did not do it."""
        ...


def git_of(computer: Computer, *, deadline_s: float = DEADLINE_S) -> RunsGit:
    """Return the git program of this computer."""
    ours = {key: text for key, text in computer.environment.items() if key not in _PLACES}

    def run(folder: Path, *arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", *_QUIET, *arguments],
                cwd=folder,
                env={**ours, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=deadline_s,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.decode(errors="replace") if done.returncode == 0 else None

    return run


def commit_of(folder: Path, files: Sequence[Path], git: RunsGit) -> Commit | None:
    """Return the commit of a folder; None outside of git, and before the first commit.

    It is dirty when something that git knows below the folder was changed, or when git does not
    know one of the files.
    """
    status = git(folder, "status", "--porcelain=v2", "--branch", "--untracked-files=no", "--", ".")
    if status is None:
        return None
    lines = status.splitlines()
    names = [line.removeprefix(_COMMIT) for line in lines if line.startswith(_COMMIT)]
    if not names or names[0] == _NONE_YET:
        return None
    has_changed = any(not line.startswith("#") for line in lines)
    return Commit(names[0], has_changed or not _knows(folder, files, git))


def _knows(folder: Path, files: Sequence[Path], git: RunsGit) -> bool:
    if not files:
        return True
    listed = git(folder, "ls-files", "--error-unmatch", "--", *map(str, files))
    return listed is not None
