"""Two login nodes and one home on a network file system: the lease keeps them apart."""

import os
import signal
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest

from cloudmesh_iac.settings.computer import this_computer
from tests.integration.boxes import Boxes
from tests.integration.cli import Cmx
from tests.integration.login_nodes import LEASE_S, a_login_node, server_of
from tests.rigs.starting import CannotStart, refuse
from tests.rigs.waiting import eventually

# The second box waits for a word, while the run holds the lock and nothing is under way.
PROGRAM = """
import os, time

def gate(_):
    if not pulumi.runtime.is_dry_run():
        open("FOLDER/begun", "w").close()
        for _ in range(6000):  # two minutes at most
            if os.path.exists("FOLDER/go"):
                break
            time.sleep(0.02)
    return "blue"

a = Box("a")
Box("b", colour=a.area.apply(gate))
"""


class Nodes:
    """Two login nodes, and one project with boxes."""

    def __init__(self, cmx: Cmx) -> None:
        self.login1, self.login2 = a_login_node(cmx, "login1"), a_login_node(cmx, "login2")
        self.folder = cmx.folder
        self.store = server_of(cmx) / ".cloudmesh" / "cmx.db"
        self.boxes = Boxes(cmx)
        self.boxes.write(PROGRAM.replace("FOLDER", str(cmx.folder)))

    def waiting_on_login1(self) -> "subprocess.Popen[str]":
        up = self.login1.start("up", "boxes", "--yes")
        eventually((self.folder / "begun").exists, within_s=60)
        return up

    def go_on(self) -> None:
        (self.folder / "go").touch()

    def files(self) -> list[str]:
        return sorted(one.name for one in self.store.parent.glob("cmx.db*"))


@pytest.fixture
def nodes(cmx: Cmx) -> Nodes:
    try:
        return Nodes(cmx)
    except CannotStart as error:
        refuse("login nodes", str(error))


def test_two_nodes_at_once_take_turns_and_everybody_may_look(nodes: Nodes) -> None:
    # given
    first = nodes.waiting_on_login1()

    # when
    refused = nodes.login2("up", "boxes", "--yes", code=4)
    status = nodes.login2("status", "boxes")
    preview = nodes.login2("preview", "boxes")
    nodes.go_on()
    said, complaints = first.communicate(timeout=60)
    again = nodes.login2("up", "boxes", "--yes")

    # then
    user = this_computer().user
    assert f"is being written by {user} on login1 (cmx up, process {first.pid}" in refused.error[0]
    assert status.code == 0
    assert "b" in preview.stdout
    assert first.returncode == 0, said + complaints
    assert "nothing to change" in again.stdout
    assert nodes.boxes.did() == ["create a", "create b"]
    assert nodes.files() == ["cmx.db"], "no log that other computers cannot see"


def test_a_node_that_dies_lets_the_other_in_when_its_lease_is_over(nodes: Nodes) -> None:
    # given
    first = nodes.waiting_on_login1()
    first.kill()
    first.communicate(timeout=10)
    nodes.go_on()
    began_s = monotonic()

    # when
    second = nodes.login2("up", "boxes", "--yes", timeout_s=100)
    took_s = monotonic() - began_s

    # then
    assert "no sign of life from the run of" in second.stderr
    assert "on login1" in second.stderr
    assert took_s >= LEASE_S
    assert nodes.boxes.did() == ["create a", "create b"]


def test_a_node_that_was_paused_wakes_up_and_does_nothing(nodes: Nodes) -> None:
    # given
    paused = nodes.waiting_on_login1()
    os.kill(paused.pid, signal.SIGSTOP)

    # when: its program goes on and wants the second box, which the other node makes
    nodes.go_on()
    second = nodes.login2("up", "boxes", "--yes", timeout_s=100)
    os.kill(paused.pid, signal.SIGCONT)
    said, complaints = paused.communicate(timeout=60)

    # then
    assert second.code == 0
    assert paused.returncode == 4, said + complaints
    assert complaints.count("error:") == 1
    assert "was taken over by another run" in complaints
    assert nodes.boxes.did() == ["create a", "create b"]


def test_a_node_can_ask_a_run_of_the_other_to_stop(nodes: Nodes) -> None:
    # given
    first = nodes.waiting_on_login1()

    # when
    cancel = nodes.login2("cancel", "boxes", "--now")
    said, complaints = first.communicate(timeout=30)

    # then: it could give nothing back, so its lease had to end
    assert "on login1" in cancel.stdout
    assert "it has ended" in cancel.stdout
    assert first.returncode == 130, said + complaints
    assert nodes.boxes.did() == ["create a"]


def test_many_runs_of_both_nodes_share_one_file(nodes: Nodes) -> None:
    # given
    nodes.go_on()
    names = ["one", "two", "three"]
    for name in names:
        settings = nodes.login1.project / "stacks" / "Pulumi.boxes.yaml"
        nodes.login1.write(f"stacks/Pulumi.boxes.{name}.yaml", settings.read_text())

    # when
    runs = [
        node.start("up", "boxes", "-s", name, "--yes")
        for name, node in zip(names, [nodes.login1, nodes.login2, nodes.login1], strict=True)
    ]
    ends = [run.communicate(timeout=100) for run in runs]

    # then
    assert [run.returncode for run in runs] == [0, 0, 0], ends
    assert sorted(nodes.boxes.did()) == ["create a"] * 3 + ["create b"] * 3
    with closing(sqlite3.connect(nodes.store)) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("PRAGMA journal_mode").fetchall() == [("delete",)]


def test_the_home_is_really_the_folder_of_the_server(nodes: Nodes) -> None:
    nodes.go_on()
    nodes.login1("up", "boxes", "--yes")
    assert nodes.store.exists()
    assert not Path(nodes.login1.home / ".cloudmesh").exists()
