"""The examples plan what their folders say."""

import subprocess
from pathlib import Path

from cloudmesh_iac.settings.computer import this_computer
from tests.integration.cli import BOOT

SLURM_SWEEP = Path(__file__).parents[2] / "examples" / "slurm_sweep"


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
