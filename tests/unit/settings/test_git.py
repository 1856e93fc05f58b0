"""Which commit is a program from? With the real git, where there is one."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from cloudmesh_iac.settings.computer import Computer, this_computer
from cloudmesh_iac.settings.git import Commit, commit_of, git_of

AUTHOR = ("-c", "user.name=ada", "-c", "user.email=ada@example.org")


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    """This computer, as somebody without settings for git sees it."""
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    ours = this_computer()
    environment = {
        key: value for key, value in ours.environment.items() if not key.startswith("GIT_")
    }
    return replace(ours, environment={**environment, "HOME": str(tmp_path)})


@pytest.fixture
def project(tmp_path: Path, computer: Computer) -> Path:
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "stacks" / "hello.py").write_text("print(1)\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, *AUTHOR, "commit", "-q", "-m", "first")
    return folder


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True)
    return done.stdout.decode().strip()


def test_a_clean_project_is_at_its_commit(project: Path, computer: Computer) -> None:
    program = project / "stacks" / "hello.py"
    head = git(project, "rev-parse", "HEAD")
    assert commit_of(project, [program], git_of(computer)) == Commit(head, is_dirty=False)
    assert commit_of(project / "stacks", [], git_of(computer)) == Commit(head, is_dirty=False)


def test_a_changed_file_makes_it_dirty_and_one_beside_the_project_does_not(
    project: Path, computer: Computer
) -> None:
    # given
    (project / "notes").write_text("nobody knows this file")
    program = project / "stacks" / "hello.py"
    clean = commit_of(project, [program], git_of(computer))

    # when
    program.write_text("print(2)\n")

    # then
    assert clean is not None
    assert not clean.is_dirty
    assert commit_of(project, [program], git_of(computer)) == Commit(clean.name, is_dirty=True)
    git(project, "add", ".")
    assert commit_of(project, [], git_of(computer)) == Commit(clean.name, is_dirty=True)


def test_a_program_that_git_does_not_know_makes_it_dirty(project: Path, computer: Computer) -> None:
    (project / ".gitignore").write_text("new.py\n")
    git(project, "add", ".gitignore")
    git(project, *AUTHOR, "commit", "-q", "-m", "second")
    new = project / "stacks" / "new.py"
    new.write_text("")
    found = commit_of(project, [new], git_of(computer))
    assert found is not None
    assert found.is_dirty


def test_nothing_is_known_outside_of_git_and_before_the_first_commit(
    tmp_path: Path, computer: Computer
) -> None:
    # given
    empty = tmp_path / "empty"
    empty.mkdir()

    # then
    assert commit_of(empty, [], git_of(computer)) is None
    git(empty, "init", "-q")
    assert commit_of(empty, [], git_of(computer)) is None


def test_without_git_or_without_its_answer_nothing_is_known(
    project: Path, computer: Computer, tmp_path: Path
) -> None:
    # given
    nowhere = replace(computer, environment={"PATH": str(tmp_path / "none")})
    slow = tmp_path / "slow"
    slow.mkdir()
    (slow / "git").write_text("#!/bin/sh\nexec sleep 60\n")
    (slow / "git").chmod(0o755)
    path = f"{slow}:{computer.environment['PATH']}"
    stuck = replace(computer, environment={**computer.environment, "PATH": path})

    # then
    assert commit_of(project, [], git_of(nowhere)) is None
    assert commit_of(project, [], git_of(stuck, deadline_s=0.2)) is None


def test_a_hook_of_git_does_not_lead_to_another_repository(
    project: Path, computer: Computer, tmp_path: Path
) -> None:
    # given
    elsewhere = {"GIT_DIR": str(tmp_path / "other.git"), "GIT_INDEX_FILE": "other"}
    in_a_hook = replace(computer, environment={**computer.environment, **elsewhere})

    # then
    found = commit_of(project, [], git_of(in_a_hook))
    assert found == Commit(git(project, "rev-parse", "HEAD"), is_dirty=False)


def test_a_repository_cannot_make_git_run_a_program(project: Path, computer: Computer) -> None:
    # given
    spy = project / "spy"
    spy.write_text(f"#!/bin/sh\ntouch {project}/ran\n")
    spy.chmod(0o755)
    git(project, "config", "core.fsmonitor", str(spy))

    # when
    commit_of(project, [], git_of(computer))

    # then
    assert not (project / "ran").exists()
