"""What may be said about this computer as a site, and what holds where nothing is said?"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
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
    try:
        read = LocalSettings.model_validate(given)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise UsageProblem(
            f"site {site.name} has wrong settings: {'; '.join(problems)}",
            subject=site.name,
            place=site.origin,
            hint=f"the keys of a local site are {', '.join(LocalSettings.model_fields)}",
        ) from error
    return read.model_copy(update={"workdir": _absolute(read.workdir, site, computer)})


def _absolute(path: Path, site: Site, computer: Computer) -> Path:
    if path.parts[:1] == ("~",):
        return computer.home.joinpath(*path.parts[1:])
    return site.project_dir / path
