"""Leased machines from a program: on simulated machines that a file keeps, by both engines."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.settings.computer import this_computer
from cloudmesh_iac.settings.pools import open_pool
from tests.integration.cli import SOURCE, Cmx

SIM = SiteName("sim")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake me"
SITES = """
sites:
  sim:
    kind: simulated
    world: world.json
    machines: 4
    shortest_install_s: 0.3
    longest_install_s: 0.4
    install_limit_s: 3
"""
LAB = """
import cloudmesh_iac as cmx

with cmx.Experiment("burst") as exp:
    server = cmx.BareMetal("ion", machines=2, role="storage", lease=cmx.Lease(hours=24))
    exp.export("hosts", server.hostnames)
    exp.export("addresses", server.addresses)
    exp.export("roles", server.roles)
"""


def with_key(home: Path) -> None:
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id_ed25519.pub").write_text(f"{KEY}\n")


@pytest.fixture
def lab(cmx: Cmx) -> Cmx:
    cmx.write("cloudmesh.yaml", SITES)
    with_key(cmx.home)
    cmx.program(LAB)
    return cmx


def pool_at(home: Path) -> Pool:
    return open_pool(replace(this_computer(), home=home, environment={}))


def states(home: Path) -> dict[str, str]:
    return {str(one.name): str(one.state) for one in pool_at(home).machines(SIM)}


def machines(project: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return what the simulated machines are like."""
    found: dict[str, dict[str, Any]] = json.loads((project / "world.json.machines").read_text())
    return found


def are_on(project: Path) -> set[str]:
    return {name for name, one in machines(project).items() if one["is_on"]}


@pytest.mark.timeout(600)
def test_machines_come_and_go(lab: Cmx) -> None:
    # when
    planned = lab("preview").stdout
    done = lab("up", "--yes")

    # then
    assert "takes i01, i02; what is on their disks is wiped" in planned
    assert "its lease ends 24 hours after it is taken" in planned
    assert "single-operator mode: leases are kept in this store" in planned
    assert "installing" in done.stderr
    assert lab("outputs", "--json").json() == {
        "addresses": ["10.9.0.2", "10.9.0.3"],
        "hosts": ["i01", "i02"],
        "roles": {"storage": ["i01", "i02"]},
    }
    assert states(lab.home) == {"i01": "ready", "i02": "ready", "i03": "free", "i04": "free"}
    assert are_on(lab.project) == {"i01", "i02"}
    assert "nothing to change" in lab("preview").stdout

    # when
    lab.program(LAB.replace("machines=2", 'machines=2, profile="rocky-9"'))
    changed = lab("up", "--yes").stdout

    # then
    assert "the disks of i01, i02 are wiped" in changed
    assert {machines(lab.project)[name]["on_disk"] for name in ("i01", "i02")} == {"rocky-9"}

    # when
    lab("destroy", "--yes")

    # then
    assert set(states(lab.home).values()) == {"free"}
    assert are_on(lab.project) == set()


def test_a_machine_that_never_boots_is_replaced_and_said_so(lab: Cmx) -> None:
    # given
    lab.write("cloudmesh.yaml", f"{SITES}    faults: {{i01: never boots}}\n")

    # when
    done = lab("up", "--yes")

    # then
    assert "i01 was replaced: it was started 2 times and did not become ready" in done.all
    assert lab("outputs", "--json").json()["hosts"] == ["i03", "i02"]
    assert states(lab.home)["i01"] == "failed"
    assert are_on(lab.project) == {"i02", "i03"}


def test_everything_that_is_wrong_with_machines_is_said_at_once(lab: Cmx) -> None:
    # given
    lab.program(
        "import cloudmesh_iac as cmx\n"
        'cmx.BareMetal("ion", machines=0, names="i[01", memory="much", tags="gpu")\n'
    )

    # when
    said = lab("preview", code=1)

    # then
    (line,) = [one for one in said.error if one.startswith("error:")]
    for words in (
        "bare metal 'ion'",
        "names= says which machines",
        "'i[01' is no list of names",
        "memory: 'much' is no size",
        "tags is a text, not a list",
    ):
        assert words in line


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("machines=9", "9 machines are wanted, and 4 of site sim would do"),
        ('names="i[03-05]"', "the pool has no machine i05 of site sim"),
        ('on="local"', "site 'local' (local) leases no machines"),
        ('ssh_keys=["me"]', "me cannot be read"),
        ("lease=cmx.Lease(hours=0)", "a lease lasts 0 hours"),
    ],
)
def test_what_can_never_be_leased_is_refused_in_the_plan(
    lab: Cmx, arguments: str, *, words: str
) -> None:
    # given
    lab.program(f'import cloudmesh_iac as cmx\ncmx.BareMetal("ion", {arguments})\n')

    # when
    said = lab("preview", code=None)

    # then
    assert said.code in {1, 64}
    assert words in said.all
    assert "Traceback" not in said.all


def test_a_secret_is_not_put_where_everybody_reads_it(lab: Cmx) -> None:
    # given
    lab.program(
        "import cloudmesh_iac as cmx\nimport pulumi\n"
        'cmx.BareMetal("ion", user_data=pulumi.Output.secret("open sesame"))\n'
    )

    # when
    said = lab("up", "--yes", code=1)

    # then
    assert "user_data: holds a secret" in said.all
    assert "sesame" not in said.all
    assert set(states(lab.home).values()) == {"free"}


@pytest.mark.timeout(600)
def test_pulumis_engine_leases_and_releases_the_same_machines(
    tmp_path: Path, pulumi_programs: Path
) -> None:
    # given
    home, project = tmp_path / "home", tmp_path / "project"
    for folder in (home, project, tmp_path / "state"):
        folder.mkdir()
    with_key(home)
    (project / "cloudmesh.yaml").write_text(SITES)
    (tmp_path / "program.py").write_text(LAB)
    environment = {
        "PATH": f"{pulumi_programs}:{this_computer().environment['PATH']}",
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "USER": "ada",
        "PYTHONPATH": str(SOURCE),
        "CMX_PROJECT_DIR": str(project),
        "PULUMI_HOME": str(tmp_path / "pulumi"),
        "PULUMI_PYTHON_CMD": sys.executable,
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "open",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def run(operation: str) -> list[Mapping[str, Any]]:
        program = Path(__file__).with_name("pulumi_run.py")
        done = subprocess.run(
            [sys.executable, str(program), operation, str(tmp_path / "program.py")],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout.splitlines()[-1])
        assert not said["error"]
        found: list[Mapping[str, Any]] = said["state"].get("resources") or []
        return found

    # when
    resources = run("up")

    # then
    (installed,) = [one for one in resources if one["type"].endswith(":Installation")]
    assert installed["outputs"]["hostnames"] == ["i01", "i02"]
    assert states(home) == {"i01": "ready", "i02": "ready", "i03": "free", "i04": "free"}
    assert are_on(project) == {"i01", "i02"}

    # when
    leases = pool_at(home).leases(SIM)
    run("up")

    # then
    assert pool_at(home).leases(SIM) == leases

    # when
    run("destroy")

    # then
    assert set(states(home).values()) == {"free"}
    assert are_on(project) == set()
