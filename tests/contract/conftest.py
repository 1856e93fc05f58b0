"""The sites of the suites that need a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.cobbler_metal import cobbler_metal_site
from tests.contract.metal import MetalSite, a_simulated_metal
from tests.contract.slurm_site import SlurmJobSite, slurm_job_site
from tests.rigs.cobbler.lab import CobblerLab
from tests.rigs.slurm.cluster import SlurmCluster


@pytest.fixture
def slurm_site(slurm: SlurmCluster, tmp_path: Path) -> Iterator[SlurmJobSite]:
    site = slurm_job_site(slurm, tmp_path)
    yield site
    site.end_all()


@pytest.fixture
def simulated_metal(tmp_path: Path) -> MetalSite:
    return a_simulated_metal(tmp_path)


@pytest.fixture
def cobbler_metal(cobbler_lab: CobblerLab, tmp_path: Path) -> MetalSite:
    return cobbler_metal_site(cobbler_lab, tmp_path)


@pytest.fixture
def metal(request: pytest.FixtureRequest) -> Iterator[MetalSite]:
    """Each kind whose machines can be installed; a real server where its rig runs."""
    made: MetalSite = request.getfixturevalue(f"{request.param}_metal")
    yield made
    made.clean()
