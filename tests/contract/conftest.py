"""The sites of the suites that need a real server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.slurm_site import SlurmJobSite, slurm_job_site
from tests.rigs.slurm.cluster import SlurmCluster


@pytest.fixture
def slurm_site(slurm: SlurmCluster, tmp_path: Path) -> Iterator[SlurmJobSite]:
    site = slurm_job_site(slurm, tmp_path)
    yield site
    site.end_all()
