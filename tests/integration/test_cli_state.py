"""History and state of a stack, as processes see them while a run works and when it is killed."""

import os
import shutil
import signal
import subprocess
from typing import Any

import pytest

from tests.integration.cli import Cmx
from tests.rigs.waiting import eventually


def newest(cmx: Cmx) -> dict[str, Any]:
    updates = cmx("history", "--json").json()["updates"]
    return updates[0] if updates else {"result": ""}


def test_history_and_copies_while_a_run_works_and_after_it_was_killed(cmx: Cmx) -> None:
    # given
    gate = cmx.folder / "gate"
    cmx.study(script=f"while [ ! -e {gate} ]; do sleep 0.1; done")
    run = cmx.start("up", "--yes", "--wait", "--repeats", "1")
    eventually(lambda: newest(cmx)["result"] == "running", within_s=60)

    # when
    cmx("state", "backup", "copy.db")
    refused = cmx("state", "restore", "copy.db", "--yes", code=4)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate(timeout=10)
    cut_off = newest(cmx)
    gate.touch()
    cmx("wait")
    restored = cmx("state", "restore", "copy.db", "--yes")

    # then
    assert "is being written by" in refused.error[0]
    assert (cut_off["number"], cut_off["result"]) == (1, "cut off")
    assert "what was there is in" in restored.stdout
    assert cmx("history", "--verify").stdout.startswith("study: 2 updates,")
    assert newest(cmx)["kind"] == "restore"
    assert cmx("wait").code == 0
    assert cmx("state", "doctor").stdout == "1 stack: all is well\n"
    assert cmx.ran() == ["1 1", "2 1"]  # found again by what it was, and not run twice


def test_the_program_of_an_update_is_found_again(cmx: Cmx) -> None:
    # given
    cmx.program("import pulumi\npulumi.export('n', 1)\n", "plain")
    cmx("up", "plain", "--yes")
    first = (cmx.project / "stacks" / "plain.py").read_text()
    cmx.program("import pulumi\npulumi.export('n', 2)\n", "plain")
    cmx("up", "plain", "--yes")

    # then
    assert cmx("history", "plain", "show", "1", "--program").stdout == first
    assert cmx("history", "plain", "--verify").code == 0


def test_the_history_knows_the_commit_of_a_program_and_keeps_what_no_commit_holds(cmx: Cmx) -> None:
    # given
    if shutil.which("git") is None:
        pytest.skip("there is no git here")
    cmx.program("import pulumi\npulumi.export('n', 1)\n", "plain")
    git(cmx, "init", "-q")
    git(cmx, "add", ".")
    git(cmx, "-c", "user.name=ada", "-c", "user.email=ada@localhost", "commit", "-q", "-m", "first")

    # when
    cmx("up", "plain", "--yes")
    clean = newest(cmx)
    cmx.program("import pulumi\npulumi.export('n', 2)\n", "plain")
    cmx("up", "plain", "--yes")
    dirty = newest(cmx)

    # then
    commit = git(cmx, "rev-parse", "HEAD")
    assert (clean["commit"], clean["is_dirty"], clean["copy"]) == (commit, False, None)
    assert (dirty["commit"], dirty["is_dirty"]) == (commit, True)
    no_copy = cmx("history", "plain", "show", "1", "--program", code=64)
    assert f"git show {commit}:./stacks/plain.py" in no_copy.error[1]
    assert "pulumi.export('n', 2)" in cmx("history", "plain", "show", "2", "--program").stdout


def git(cmx: Cmx, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=cmx.project,
        env=cmx.environment_of(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()
