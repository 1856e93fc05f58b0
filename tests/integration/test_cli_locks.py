"""Two people, one stack: who works, who is told, and how a run is asked to stop."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pytest

from cloudmesh_iac.settings.computer import this_computer
from tests.integration.cli import Cmx
from tests.rigs.waiting import eventually

# As `cmx`, but a lock is over after 10 seconds without a sign of life.
HASTY = """
import cloudmesh_iac.runtime as runtime
from cloudmesh_iac.store.leases import Rhythm
runtime.RHYTHM = Rhythm(lease_s=10.0, beat_s=0.5, margin_s=3.0)
from cloudmesh_iac.cli.main import main
main()
"""

CHAIN = """
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    first = cmx.Job(
        "first",
        command="touch FOLDER/begun; while [ ! -e FOLDER/go ]; do sleep 0.05; done;"
        " echo '[42]' > out.json; echo first >> FOLDER/ran",
        walltime="5m",
        metrics={"answer": cmx.json_path("out.json", "$[0]")},
    )
    answer = first.metrics["answer"]
    after = cmx.Job("after", command=cmx.fmt("echo after {} >> FOLDER/ran", answer))
"""


@pytest.fixture
def chain(cmx: Cmx) -> Cmx:
    """A job that ends when it is told to, and one that stands behind it."""
    hasty = replace(cmx, boot=[sys.executable, "-c", HASTY])
    hasty.program(CHAIN.replace("FOLDER", str(cmx.folder)))
    return hasty


def waiting(cmx: Cmx, *options: str) -> "subprocess.Popen[str]":
    """Start an `up` that stays; return when its first job runs."""
    up = cmx.start("up", "--yes", "--wait", *options)
    eventually((cmx.folder / "begun").exists, within_s=60)
    return up


def go_on(cmx: Cmx) -> None:
    (cmx.folder / "go").touch()


# --- who is told ----------------------------------------------------------------------------------


def test_who_comes_second_is_told_who_works_before_a_plan_is_made(chain: Cmx) -> None:
    # given
    first = waiting(chain)
    chain.write("stacks/study.py", "raise RuntimeError('nobody should run this')\n")

    # when
    refused = {
        words: chain(*words, code=4)
        for words in [("up", "--yes"), ("wait",), ("destroy", "--yes"), ("refresh", "--yes")]
    }
    document = chain("up", "--yes", "--json", code=4).json()
    go_on(chain)
    said, complaints = first.communicate(timeout=60)

    # then
    me = this_computer()
    for end in refused.values():
        message, hint = end.error
        assert f"stack study is being written by {me.user} on {me.host}" in message
        assert f"(cmx up, process {first.pid}, since 20" in message
        assert "cmx cancel -s study" in hint
        assert end.stdout == ""
    assert document["error"]["exit_code"] == 4
    assert first.returncode == 0, said + complaints


def test_looking_and_another_stack_go_on_meanwhile(chain: Cmx) -> None:
    # given
    first = waiting(chain)
    chain.program("import cloudmesh_iac as cmx\ncmx.Job('one', command='true')\n", "other")

    # when
    status = chain("status", "study")
    chain("preview", "study")
    chain("outputs", "study")
    chain("up", "other", "--yes", "--wait")
    go_on(chain)
    said, complaints = first.communicate(timeout=60)

    # then
    assert "running" in status.stdout.splitlines()[0]
    assert first.returncode == 0, said + complaints
    assert chain.ran() == ["after 42", "first"]


def test_who_has_patience_gets_in_when_the_first_has_ended(chain: Cmx) -> None:
    # given
    first = waiting(chain)
    second = chain.start("up", "--yes", "--wait", "--wait-for-lock", "5m")
    assert second.stderr is not None
    eventually(lambda: second.poll() is not None or _says_it_waits(second), within_s=60)

    # when
    go_on(chain)
    ends = [run.communicate(timeout=90) for run in (first, second)]

    # then
    assert [first.returncode, second.returncode] == [0, 0], ends
    assert "nothing to change" in ends[1][0]
    assert chain.ran() == ["after 42", "first"]


def _says_it_waits(run: "subprocess.Popen[str]") -> bool:
    assert run.stderr is not None
    return "waiting for the run of" in run.stderr.readline()


def test_a_duration_that_is_none_is_said_before_anything_happens(chain: Cmx) -> None:
    assert "no duration" in chain("up", "--wait-for-lock", "soon", code=64).error[0]
    chain.assert_untouched()


# --- asked to stop --------------------------------------------------------------------------------


def test_a_run_that_is_asked_to_stop_ends_as_after_ctrl_c(chain: Cmx) -> None:
    # given
    up = waiting(chain)

    # when
    cancel = chain("cancel", "study", "--json")
    said, complaints = up.communicate(timeout=30)

    # then
    asked = cancel.json()["asked"]
    assert (asked["process"], asked["purpose"]) == (up.pid, "cmx up")
    assert "it has ended" in cancel.stderr
    assert up.returncode == 130, said + complaints
    assert "asked to stop by" in complaints
    assert "1 queued or running" in said
    assert "Traceback" not in complaints
    assert chain("cancel").stdout == "no run is writing study\n"

    # when
    go_on(chain)
    chain("wait")

    # then
    assert chain.ran() == ["after 42", "first"]


def test_a_run_can_be_asked_to_stop_at_once(chain: Cmx) -> None:
    # given
    up = waiting(chain)

    # when
    cancel = chain("cancel", "--now")
    said, complaints = up.communicate(timeout=30)

    # then
    assert "it has ended" in cancel.stdout
    assert up.returncode == 130
    assert "queued or running" not in said
    assert "settled by the next command" in complaints

    # when
    go_on(chain)
    chain("up", "--yes", "--wait")

    # then
    assert chain.ran() == ["after 42", "first"]


def test_a_run_that_does_not_stop_in_time_is_said(chain: Cmx) -> None:
    # given: it cannot hear
    up = waiting(chain)
    os.kill(up.pid, signal.SIGSTOP)

    # when
    refused = chain("cancel", "--timeout", "1s", code=4)
    os.kill(up.pid, signal.SIGCONT)
    up.communicate(timeout=30)

    # then
    assert "was asked to stop and still writes study after 1s" in refused.error[0]
    assert up.returncode == 130


# --- paused and killed ----------------------------------------------------------------------------


def test_a_paused_run_that_wakes_up_begins_nothing_and_writes_nothing(chain: Cmx) -> None:
    # given
    paused = waiting(chain)
    os.kill(paused.pid, signal.SIGSTOP)

    # when: the next one has seen no sign of life for the length of a lease
    second = chain.start("up", "--yes", "--wait")
    eventually(lambda: holder(chain) == second.pid, within_s=60)
    before = history(chain)
    go_on(chain)
    os.kill(paused.pid, signal.SIGCONT)
    said, complaints = paused.communicate(timeout=60)
    ended, _ = second.communicate(timeout=60)

    # then
    assert paused.returncode == 4, said + complaints
    assert "was taken over by another run" in complaints
    assert "Traceback" not in complaints
    assert second.returncode == 0, ended
    assert chain.ran() == ["after 42", "first"]
    assert history(chain)[: len(before) - 1] == before[:-1], "it has written no end of its own"


def test_a_run_that_is_killed_lets_the_next_one_in_at_once_where_it_can_be_seen(
    chain: Cmx,
) -> None:
    # given
    first = waiting(chain)

    # when
    first.kill()
    first.communicate(timeout=10)
    go_on(chain)
    second = chain("up", "--yes", "--wait")

    # then
    assert "no sign of life" not in second.stderr
    assert chain.ran() == ["after 42", "first"]


def holder(cmx: Cmx) -> int:
    """Return the process that holds the lock, 0 for nobody."""
    with closing(sqlite3.connect(f"file:{cmx.store}?mode=ro", uri=True)) as store:
        rows: list[tuple[int]] = store.execute("SELECT pid FROM locks").fetchall()
    return rows[0][0] if rows else 0


def history(cmx: Cmx) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(f"file:{cmx.store}?mode=ro", uri=True)) as store:
        return store.execute("SELECT started, ended FROM updates ORDER BY id").fetchall()
