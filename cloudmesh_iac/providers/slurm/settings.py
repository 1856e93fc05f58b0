"""What may be said about a Slurm site, and what holds where nothing is said?"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.options import absolute, read_options
from cloudmesh_iac.settings.sites import Site


class SlurmSettings(BaseModel):
    """Times in seconds. `workdir` must be a folder that the compute nodes see, too.

    By default each site has a folder of its own: what one cluster measured is no result of another.

    `poll_s` and `poll_max_s` are the shortest and the longest pause between two looks at the queue,
    `history_s` the shortest between two looks at the accounting.

    `bin` is the folder of sbatch and its kin where they are not on PATH; `timeout_s` is how long
    one of these commands may take. `cluster` is the one that is meant where the commands of a login
    node speak to several (`sbatch --clusters`). `hold: false` is for a site that refuses held jobs:
    without it that is found out by asking. `accounting: false` is for a site whose sacct nobody may
    use.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    workdir: Path
    poll_s: float = Field(default=15.0, gt=0)
    poll_max_s: float = Field(default=120.0, gt=0)
    history_s: float = Field(default=60.0, gt=0)
    queue: str | None = Field(default=None, min_length=1)
    account: str | None = Field(default=None, min_length=1)
    timeout_s: float = Field(default=30.0, gt=0)
    bin: Path | None = None
    cluster: str | None = Field(default=None, pattern=r"[A-Za-z0-9._-]+")
    hold: bool = True
    accounting: bool = True


def read_settings(site: Site, computer: Computer) -> SlurmSettings:
    """Check a site's options and make its paths absolute.

    Errors: UsageProblem, with every wrong key at once.
    """
    given = {"workdir": f"~/.cloudmesh/sites/{site.name}", **site.options}
    read = read_options(SlurmSettings, site, given)
    return read.model_copy(
        update={
            "workdir": absolute(read.workdir, site, computer),
            "bin": None if read.bin is None else absolute(read.bin, site, computer),
        }
    )
