"""What may be said about a Slurm site, and what holds where nothing is said?"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site


class SlurmSettings(BaseModel):
    """Times in seconds. `workdir` must be a folder that the compute nodes see, too.

    `bin` is the folder of sbatch and its kin where they are not on PATH; `timeout_s` is how long
    one of these commands may take.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    workdir: Path = Path("~/.cloudmesh/jobs")
    poll_s: float = Field(default=15.0, gt=0)
    poll_max_s: float = Field(default=120.0, gt=0)
    queue: str | None = Field(default=None, min_length=1)
    account: str | None = Field(default=None, min_length=1)
    timeout_s: float = Field(default=30.0, gt=0)
    bin: Path | None = None


def read_settings(site: Site, computer: Computer) -> SlurmSettings:
    """Check a site's options and make its paths absolute.

    Errors: UsageProblem, with every wrong key at once.
    """
    try:
        read = SlurmSettings.model_validate(dict(site.options))
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise UsageProblem(
            f"site {site.name} has wrong settings: {'; '.join(problems)}",
            subject=site.name,
            place=site.origin,
            hint=f"the keys of a slurm site are {', '.join(SlurmSettings.model_fields)}",
        ) from error
    return read.model_copy(
        update={
            "workdir": _absolute(read.workdir, site, computer),
            "bin": None if read.bin is None else _absolute(read.bin, site, computer),
        }
    )


def _absolute(path: Path, site: Site, computer: Computer) -> Path:
    if path.parts[:1] == ("~",):
        return computer.home.joinpath(*path.parts[1:])
    return site.project_dir / path
