"""History and state of a stack, as processes see them while a run works and when it is killed."""

import os
import signal
from typing import Any

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
    assert cmx("history", "--verify").stdout.startswith("study: 1 update,")
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
