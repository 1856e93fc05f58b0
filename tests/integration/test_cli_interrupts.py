"""Failed jobs, Ctrl-C and sudden death: nothing is lost, nothing runs twice."""

import os
import re
import signal
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from time import monotonic

import pytest

from tests.integration.cli import Cmx
from tests.rigs.waiting import eventually
from tests.unit.providers.reach.servers import a_server

FAILING = """
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    bad = cmx.Job("bad", command="echo began; echo oh no >&2; exit 3", walltime="1m")
    good = cmx.Job("good", command="echo x >> RAN", walltime="1m")
    after = cmx.Job("after", command=cmx.fmt("echo {}", bad.metrics), walltime="1m")
    exp.export("state", good.state)
"""

CHAIN = """
import cloudmesh_iac as cmx

with cmx.Experiment("study") as exp:
    first = cmx.Job(
        "first",
        command="while [ ! -e FOLDER/go ]; do sleep 0.05; done; echo '[42]' > out.json",
        walltime="1m",
        metrics={"answer": cmx.json_path("out.json", "$[0]")},
    )
    after = cmx.Job("after", command=cmx.fmt("echo {} >> FOLDER/ran", first.metrics["answer"]))
    exp.export("code", after.exit_code)
"""


MACHINE = """
import pulumi

from cloudmesh_iac.providers.reach.resources import declare_reach

where = {"site": "lab", "machine": "vm-1", "address": "127.0.0.1", "port": PORT, "limit_s": 600}
declare_reach("head", where, opts=pulumi.ResourceOptions())
"""


def test_a_job_that_fails_is_named_each_time_and_skips_what_needs_it(cmx: Cmx) -> None:
    # given
    cmx.program(FAILING.replace("RAN", str(cmx.folder / "ran")))

    # when
    up = cmx("up", "--yes", "--wait", code=1)

    # then
    assert re.search(r"job bad FAILED.*exit code 3", up.stdout)
    assert "cmx logs study bad" in up.stdout
    assert re.search(r"cmx rerun .*--failed", up.stdout)
    (skipped,) = [line for line in up.stdout.splitlines() if "because" in line]
    assert "after" in skipped
    assert "bad" in skipped
    assert cmx("logs", "study", "bad").stdout == "began\noh no\n"
    assert "FAILED (3)" in cmx("status").stdout
    assert len(cmx.ran()) == 1
    started = len(cmx.jobs())

    # when it is asked again
    again = cmx("up", "--yes", "--wait", code=1)
    document = cmx("up", "--yes", "--wait", "--json", code=1).json()

    # then
    assert re.search(r"job bad FAILED.*exit code 3", again.stdout)
    assert "cmx logs study bad" in again.stdout
    assert [one["state"] for one in document["outcome"]["failed"]] == ["FAILED"]
    assert len(cmx.jobs()) == started
    assert len(cmx.ran()) == 1

    # when it is mended
    cmx.program(FAILING.replace("RAN", str(cmx.folder / "ran")).replace("exit 3", "exit 0"))
    cmx("up", "--yes", "--wait")

    # then
    assert len(cmx.ran()) == 1
    assert len(cmx.jobs()) == started + 2
    assert cmx("logs", "after").stdout == "{}\n"


def test_jobs_that_are_stopped_by_their_walltime_are_not_called_failed(cmx: Cmx) -> None:
    # given
    cmx.program(FAILING.replace("exit 3", "sleep 60").replace('"1m"', '"1s"'))

    # when
    up = cmx("up", "--yes", "--wait", code=1)

    # then
    assert "bad TIMEOUT" in up.stdout
    assert "TIMEOUT" in cmx("status").stdout


def test_ctrl_c_lets_go_at_once_and_the_next_up_waits_for_the_same_jobs(cmx: Cmx) -> None:
    # given: jobs that end when we say so
    go = cmx.folder / "go"
    cmx.study(script=f"touch {cmx.folder}/begun; while [ ! -e {go} ]; do sleep 0.05; done")
    up = cmx.start("up", "--yes", "--wait")
    eventually((cmx.folder / "begun").exists, within_s=30)

    # when
    before = monotonic()
    up.send_signal(signal.SIGINT)
    said, complaints = up.communicate(timeout=20)
    took_s = monotonic() - before

    # then
    assert up.returncode == 130, said + complaints
    assert took_s < 1
    assert "interrupted" in said
    assert "6 queued or running" in said
    assert "cmx wait" in said
    assert "Traceback" not in complaints
    assert len(cmx.jobs()) == 6
    assert "running" in cmx("status").stdout.splitlines()[0]

    # when
    again = cmx.start("up", "--yes", "--wait")
    go.touch()
    said, complaints = again.communicate(timeout=40)

    # then
    assert again.returncode == 0, said + complaints
    assert cmx.ran() == ["1 1", "1 2", "1 3", "2 1", "2 2", "2 3"]
    assert len(cmx.jobs()) == 6


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_polite_kill_is_like_ctrl_c(cmx: Cmx, number: signal.Signals) -> None:
    # given
    cmx.study(script=f"touch {cmx.folder}/begun; sleep 100 || exit 9")
    up = cmx.start("up", "--yes", "--wait")
    eventually((cmx.folder / "begun").exists, within_s=30)

    # when
    up.send_signal(number)
    said, complaints = up.communicate(timeout=20)

    # then
    assert up.returncode == 130, said + complaints
    assert "6 queued or running" in said
    assert "Traceback" not in complaints


def test_what_stood_behind_a_job_is_started_by_the_next_command(cmx: Cmx) -> None:
    # given
    go = cmx.folder / "go"
    cmx.program(CHAIN.replace("FOLDER", str(cmx.folder)))

    # when
    up = cmx("up", "--yes")
    waiting = cmx.start("wait")
    go.touch()
    said, complaints = waiting.communicate(timeout=40)

    # then
    assert "1 queued or running" in up.stdout
    assert re.search(r"behind.*: .*after", up.stdout)
    assert waiting.returncode == 0, said + complaints
    assert cmx.ran() == ["42"]
    assert cmx("outputs", "--json").json() == {"code": 0}
    assert "nothing to change" in cmx("up", "--yes").stdout


def test_stacks_run_side_by_side(cmx: Cmx) -> None:
    # given
    cmx.study()

    # when
    runs = [cmx.start("up", "-s", name, "--yes", "--wait") for name in ("one", "two", "three")]
    ends = [run.communicate(timeout=60) for run in runs]

    # then
    assert [run.returncode for run in runs] == [0, 0, 0], ends
    assert len(cmx.ran()) == 18


def test_ctrl_c_while_the_program_runs_leaves_nothing_behind(cmx: Cmx) -> None:
    # given
    cmx.program(f"from time import sleep\nopen('{cmx.folder}/begun', 'w')\nsleep(60)\n")
    up = cmx.start("up", "--yes")
    eventually((cmx.folder / "begun").exists, within_s=30)

    # when
    before = monotonic()
    up.send_signal(signal.SIGINT)
    said, complaints = up.communicate(timeout=20)

    # then
    assert up.returncode == 130, said + complaints
    assert monotonic() - before < 1
    assert "Traceback" not in complaints
    cmx.assert_untouched()


def test_ctrl_c_in_the_middle_of_asking_a_machine_ends_the_wait_at_once(cmx: Cmx) -> None:
    # given: a machine that is asked and says nothing; a question takes 5 s then
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        port = server.getsockname()[1]
        cmx.program(MACHINE.replace("PORT", str(port)))
        up = cmx.start("up", "--yes")
        link, _ = server.accept()

        # when
        before = monotonic()
        up.send_signal(signal.SIGINT)
        said, complaints = up.communicate(timeout=20)
        took_s = monotonic() - before
        link.close()

    # then
    assert up.returncode == 130, said + complaints
    assert took_s < 2
    assert "1 queued or running" in said
    assert f"ssh://127.0.0.1:{port}" in said
    assert "Traceback" not in complaints

    # when
    with a_server(b"SSH-2.0-lab\r\n", port=port):
        again = cmx("up", "--yes")

    # then
    assert "1 created" in again.stdout


def store_exists(cmx: Cmx) -> bool:
    return cmx.store.exists()


def has_intents(cmx: Cmx) -> bool:
    """Say whether the journal holds something, without disturbing who writes it."""
    if not cmx.store.exists():
        return False
    try:
        with sqlite3.connect(f"file:{cmx.store}?mode=ro", uri=True) as store:
            return bool(store.execute("SELECT count(*) FROM intents").fetchone()[0])
    except sqlite3.Error:
        return False


def jobs_exist(number: int) -> Callable[[Cmx], bool]:
    return lambda cmx: len(cmx.jobs()) >= number


def results_exist(number: int) -> Callable[[Cmx], bool]:
    def exist(cmx: Cmx) -> bool:
        return len(list((cmx.project / "results").rglob("result.json"))) >= number

    return exist


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param(store_exists, id="store"),
        pytest.param(has_intents, id="intents"),
        pytest.param(jobs_exist(1), id="1-job"),
        pytest.param(jobs_exist(7), id="7-jobs"),
        pytest.param(jobs_exist(12), id="12-jobs"),
        pytest.param(results_exist(1), id="1-result"),
        pytest.param(results_exist(8), id="8-results"),
    ],
)
def test_a_run_that_is_killed_is_finished_by_the_next_with_each_job_run_once(
    cmx: Cmx, moment: Callable[[Cmx], bool]
) -> None:
    # given: twelve jobs
    cmx.study(("[1, 2]", "[1, 2, 3, 4]"), script="sleep 0.05")
    up = cmx.start("up", "--yes", "--wait")
    children = eventually(lambda: children_of(up.pid), within_s=20)

    # when
    eventually(lambda: moment(cmx) or up.poll() is not None, within_s=40, every_s=0.001)
    up.kill()
    up.communicate(timeout=10)

    # then: what evaluated the program is gone, too
    eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), within_s=5)

    # when
    cmx("up", "--yes", "--wait")

    # then
    assert cmx.ran() == [f"{size} {repeat}" for size in (1, 2, 3, 4) for repeat in (1, 2, 3)]
    assert len(cmx.jobs()) == 12
    again = cmx("up", "--yes", "--wait", "--json").json()
    assert {change["action"] for change in again["plan"]["changes"]} == {"same"}
    (results,) = again["plan"]["outputs"].values()
    assert [row["state"] for row in results] == ["COMPLETED"] * 12


def children_of(pid: int) -> list[int]:
    """Return the children of a process that are Python, too: they evaluate programs."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [child for child in map(int, text.split()) if os.getpgid(child) == child]


def test_two_at_a_time_take_turns(cmx: Cmx) -> None:
    # given
    go = cmx.folder / "go"
    cmx.study(script=f"touch {cmx.folder}/begun; while [ ! -e {go} ]; do sleep 0.05; done")
    first = cmx.start("up", "--yes", "--wait")
    eventually((cmx.folder / "begun").exists, within_s=30)

    # when
    second = cmx("up", "--yes", "--wait", code=4)
    destroy = cmx("destroy", "--yes", code=4)
    status = cmx("status")
    preview = cmx("preview")
    go.touch()
    said, complaints = first.communicate(timeout=40)

    # then: the one who holds it is named
    for refused in (second, destroy):
        assert len(refused.error) <= 6
        assert str(first.pid) in "\n".join(refused.error)
    assert "running" in status.stdout.splitlines()[0]
    assert "study" in preview.stdout
    assert first.returncode == 0, said + complaints
    assert len(cmx.ran()) == 6
