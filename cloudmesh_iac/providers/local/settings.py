"""What may be said about this computer as a site, and what holds where nothing is said?"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.options import absolute, read_options
from cloudmesh_iac.settings.sites import Site

_WORKDIR = "~/.cloudmesh/jobs"


class LocalSettings(BaseModel):
    """Times in seconds. `slots` is how many cores all jobs together may use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slots: int = Field(ge=1)
    workdir: Path
    poll_s: float = Field(default=1.0, gt=0)
    kill_after_s: float = Field(default=5.0, ge=0)
    nice: int = Field(default=0, ge=0, le=19)
    max_walltime_s: int | None = Field(default=None, gt=0)
    off: bool = False


def read_settings(site: Site, computer: Computer) -> LocalSettings:
    """Check a site's options and make its paths absolute.

    Errors: UsageProblem, with every wrong key at once.
    """
    given = {"slots": computer.cores, "workdir": _WORKDIR, **site.options}
    read = read_options(LocalSettings, site, given)
    return read.model_copy(update={"workdir": absolute(read.workdir, site, computer)})
