"""The examples plan what their folders say."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cloudmesh_iac.settings.computer import this_computer
from tests.integration.cli import BOOT, Cmx

MACHINES = Path(__file__).parents[2] / "examples" / "virtual_machines"
BARE_METAL = Path(__file__).parents[2] / "examples" / "bare_metal"
SLURM_SWEEP = Path(__file__).parents[2] / "examples" / "slurm_sweep"


def test_the_machines_are_planned_as_their_folder_says(tmp_path: Path) -> None:
    # given an empty home: nothing was ever applied
    environment = {**this_computer().environment, "HOME": str(tmp_path)}

    # when
    shown = subprocess.run(
        [*BOOT, "preview"],
        cwd=MACHINES,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    # then
    assert shown.stdout == (MACHINES / "expected-plan.txt").read_text()


def test_the_machines_of_ones_own_are_planned_as_their_folder_says(tmp_path: Path) -> None:
    # given an empty home, and a folder without machines that were leased before
    folder = tmp_path / "bare_metal"
    shutil.copytree(BARE_METAL, folder, ignore=shutil.ignore_patterns("world*", ".cmx", "results"))
    environment = {**this_computer().environment, "HOME": str(tmp_path / "home")}

    # when
    shown = subprocess.run(
        [*BOOT, "preview"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )

    # then
    assert shown.stdout == (BARE_METAL / "expected-plan.txt").read_text()


def test_the_study_on_slurm_plans_what_its_folder_says(tmp_path: Path) -> None:
    # given an empty home: nothing was ever applied
    environment = {**this_computer().environment, "HOME": str(tmp_path)}

    # when
    shown = subprocess.run(
        [*BOOT, "preview"],
        cwd=SLURM_SWEEP,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    # then
    assert shown.stdout == (SLURM_SWEEP / "expected-plan.txt").read_text()
    assert not (tmp_path / ".cloudmesh").exists()


@pytest.mark.timeout(400)
def test_right_after_an_example_is_up_nothing_is_to_change(cmx: Cmx) -> None:
    # given the example's program, with this computer in the place of its cluster
    for name in ("Pulumi.yaml", "pi.py", "pi_files"):
        copy = shutil.copytree if (SLURM_SWEEP / name).is_dir() else shutil.copy
        copy(SLURM_SWEEP / name, cmx.project / name)
    settings = yaml.safe_load((SLURM_SWEEP / "cloudmesh.yaml").read_text())
    settings["sites"] = {name: {"kind": "local"} for name in settings["sites"]}
    cmx.write("cloudmesh.yaml", yaml.safe_dump(settings))

    # when
    cmx("up", "--yes", "--wait", timeout_s=300)

    # then
    assert "nothing to change" in cmx("preview", "--exit-code").stdout
