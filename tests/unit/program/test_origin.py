"""A copy of a program is kept where no commit holds it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from cloudmesh_iac.core.history import Origin, digest_of_files
from cloudmesh_iac.program.origin import LARGEST_COPY, origin_of


class FakeGit:
    """A git that knows one commit, whether it is dirty or not; None where there is no git."""

    def __init__(self, status: str | None) -> None:
        self._status = status

    def __call__(self, folder: Path, *arguments: str) -> str | None:
        return "" if arguments[0] == "ls-files" else self._status


NO_GIT = FakeGit(None)
CLEAN = FakeGit("# branch.oid abc\n# branch.head main\n")
DIRTY = FakeGit("# branch.oid abc\n1 .M N... 100644 100644 100644 1 2 stacks/hello.py\n")


@pytest.fixture
def program(tmp_path: Path) -> Path:
    file = tmp_path / "stacks" / "hello.py"
    file.parent.mkdir()
    file.write_text("print('ü')\n")
    return file


def the_origin(files: Sequence[Path], folder: Path, git: FakeGit) -> Origin:
    return origin_of(files, project_dir=folder, git=git)


def test_a_clean_commit_is_all_that_is_needed(tmp_path: Path, program: Path) -> None:
    assert the_origin([program], tmp_path, CLEAN) == Origin("abc")


@pytest.mark.parametrize(("git", "commit"), [(DIRTY, "abc"), (NO_GIT, "")])
def test_without_a_clean_commit_a_copy_is_kept(
    tmp_path: Path, program: Path, *, git: FakeGit, commit: str
) -> None:
    # when
    origin = the_origin([program], tmp_path, git)

    # then
    files = {"stacks/hello.py": "print('ü')\n"}
    assert origin == Origin(commit, bool(commit), digest_of_files(files), files)


def test_what_cannot_be_copied_is_left_out(tmp_path: Path, program: Path) -> None:
    # given
    large = tmp_path / "large.py"
    large.write_text("#" * (LARGEST_COPY + 1))

    # then
    assert the_origin([program, large], tmp_path, NO_GIT) == Origin()
    assert the_origin([program, tmp_path / "gone.py"], tmp_path, NO_GIT) == Origin()
    assert the_origin([], tmp_path, NO_GIT) == Origin()


def test_a_file_outside_of_the_project_keeps_its_whole_path(tmp_path: Path, program: Path) -> None:
    origin = the_origin([program], tmp_path / "elsewhere", NO_GIT)
    assert set(origin.files) == {str(program)}
