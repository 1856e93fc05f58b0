"""How often does a real controller hear of somebody who waits? It counts that itself (`sdiag`)."""

import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from cloudmesh_iac.providers.slurm.lines import SQUEUE
from tests.integration.cli import Cmx
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.unprivileged import Unprivileged
from tests.rigs.waiting import eventually
from tests.unit.providers.slurm.test_gentle import MINUTE_S, QUESTIONS_OF_A_MINUTE

POINTS, STACKS = 20, ("one", "two")
MESSAGES_OF_A_QUESTION = 3  # of squeue 22.05: the jobs, the queues, the federation
PATIENCE_S = 120
SETTINGS = """
default: {site: cluster}
sites:
  cluster: {kind: slurm, workdir: WORKDIR, queue: batch}
"""
PROGRAM = f"""
import cloudmesh_iac as cmx

def job(point: cmx.Point) -> cmx.JobSpec:
    return cmx.JobSpec(
        command="true", walltime="2m", memory="10 MiB", native={{"begin": "now+1hour"}}
    )

cmx.Sweep("pi", job=job, axes={{"n": list(range({POINTS}))}})
"""


class Watcher:
    """An ordinary user, whose messages the controller counts apart from those of its daemons."""

    def __init__(self, cluster: SlurmCluster, person: Unprivileged) -> None:
        self.cluster = cluster
        self.person = person
        self.project = Cmx(person.home)
        self.project.write("Pulumi.yaml", "name: lab\nmain: stacks\n")
        workdir = str(person.home / "jobs")
        self.project.write("cloudmesh.yaml", SETTINGS.replace("WORKDIR", workdir))
        for name in STACKS:
            self.project.program(PROGRAM, name)
        for path in (self.project.project, *self.project.project.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)

    def cmx(self, *arguments: str, timeout_s: float) -> "subprocess.CompletedProcess[str]":
        return self.person.cmx(
            *arguments,
            cwd=self.project.project,
            environment=self.cluster.environment,
            timeout_s=timeout_s,
        )

    def messages(self) -> int:
        """Return how many messages of this user have reached the controller."""
        said = self.cluster.run(["sdiag"]).stdout.partition("statistics by user")[2]
        found = re.search(rf"^\s*{self.person.user}\s+\(\s*\d+\) count:(\d+)", said, re.MULTILINE)
        return int(found[1]) if found else 0

    def messages_of_a_question(self) -> int:
        before = self.messages()
        asked = self.cluster.run(["squeue", *SQUEUE], self.person.user)
        assert asked.returncode == 0, asked.stderr
        return self.messages() - before


@pytest.fixture
def watcher(slurm: SlurmCluster, unprivileged: Unprivileged) -> Iterator[Watcher]:
    watcher = Watcher(slurm, unprivileged)
    try:
        yield watcher
    finally:
        slurm.run(["scancel", "-u", unprivileged.user])


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_two_who_wait_at_once_are_heard_as_often_as_one(watcher: Watcher) -> None:
    # given: nothing of theirs begins within the hour
    for name in STACKS:
        up = watcher.cmx("up", name, "--yes", timeout_s=PATIENCE_S)
        assert up.returncode == 0, up.stdout + up.stderr
    each = watcher.messages_of_a_question()
    before = watcher.messages()

    def stays(name: str) -> bool:
        try:
            watcher.cmx("wait", name, timeout_s=MINUTE_S + PATIENCE_S / 4)
        except subprocess.TimeoutExpired:
            return True
        return False

    # when
    with ThreadPoolExecutor(len(STACKS)) as pool:
        waits = [pool.submit(stays, name) for name in STACKS]
        eventually(
            lambda: watcher.messages() - before,
            lambda heard: heard >= len(STACKS) + each,
            within_s=PATIENCE_S,
        )
        began_s = monotonic()
        eventually(
            lambda: monotonic() - began_s,
            lambda passed_s: passed_s > MINUTE_S,
            within_s=2 * MINUTE_S,
            every_s=1,
        )
        heard = watcher.messages() - before

    # then: each asked at its beginning whether there is a controller
    assert all(one.result() for one in waits)
    assert each == MESSAGES_OF_A_QUESTION
    assert len(STACKS) + each < heard <= len(STACKS) + each * QUESTIONS_OF_A_MINUTE
