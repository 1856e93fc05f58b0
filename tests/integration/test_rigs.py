"""The rigs themselves: what the other integration tests stand on."""

import subprocess
from pathlib import Path

from tests.rigs.pulumi.cli import VERSION
from tests.rigs.slurm.cluster import SlurmCluster
from tests.rigs.unprivileged import Unprivileged


def test_the_cluster_answers_its_ordinary_user(slurm: SlurmCluster) -> None:
    # when
    answer = slurm.run(["sinfo", "-h", "-p", "batch", "-o", "%D"], as_user=slurm.user)

    # then
    assert answer.stdout.split() == ["4"], answer.stderr


def test_an_ordinary_user_can_import_the_package(unprivileged: Unprivileged) -> None:
    # when
    code = (
        "import cloudmesh_iac, getpass, importlib.metadata as m, pulumi;"
        "print(getpass.getuser(), m.version('cloudmesh-iac'))"
    )
    answer = unprivileged.python("-c", code)

    # then
    assert answer.stdout.split()[0] == "cmxuser", answer.stderr
    assert list(unprivileged.home.iterdir()) == []


def test_the_pulumi_program_says_its_version(pulumi_programs: Path) -> None:
    # when
    answer = subprocess.run(
        [pulumi_programs / "pulumi", "version"], capture_output=True, text=True, check=True
    )

    # then
    assert answer.stdout.strip() == f"v{VERSION}"
