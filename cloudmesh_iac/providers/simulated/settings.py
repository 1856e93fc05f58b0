"""What may be said about a simulated site?"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator

from cloudmesh_iac.core.nodes import Flavor, Image
from cloudmesh_iac.providers.simulated.machines import Fault
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.options import absolute, read_options
from cloudmesh_iac.settings.sites import Site

_FLAVORS = {
    "tiny": (1, 512, 1),
    "small": (1, 2048, 20),
    "medium": (2, 4096, 40),
    "large": (4, 8192, 80),
}
_IMAGES = ("ubuntu-24.04", "rocky-9", "debian-13")


class FlavorEntry(BaseModel):
    """A size of machine. Units: `memory` in MiB, `disk` in GiB."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cpus: int = Field(ge=1)
    memory: int = Field(ge=1)
    disk: int = Field(default=0, ge=0)


class SimulatedSettings(BaseModel):
    """Times in seconds. `slots` is how many nodes all jobs together may use.

    `most_jobs` is how many jobs it has at a time, waiting or running; None is no limit.
    `vms` is how many machines there may be, `flavors` and `images` what they may be made of.

    A job lasts between `shortest_s` and `longest_s`, drawn from the seed and the job's identity.
    `machines` are physical ones that can be leased, so many or by name, `profiles` what they can be
    installed with; an installation lasts between its two times, and is given up after the limit.
    With `wipe_profile`, one of them, machines are wiped before they go back. `faults` say by
    machine what is wrong with it.

    With `world`, a file, the site is there as long as the file is, else as long as the process.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    slots: int = Field(default=4, ge=1)
    most_jobs: int | None = Field(default=None, ge=1)
    seed: int = 0
    shortest_s: float = Field(default=60.0, ge=0)
    longest_s: float = Field(default=600.0, ge=0)
    poll_s: float = Field(default=1.0, gt=0)
    workdir: Path
    world: Path | None = None
    vms: int = Field(default=100, ge=0)
    flavors: dict[str, FlavorEntry] = {
        name: FlavorEntry(cpus=cpus, memory=memory, disk=disk)
        for name, (cpus, memory, disk) in _FLAVORS.items()
    }
    images: list[str] = list(_IMAGES)
    machines: int | list[str] = 0
    profiles: list[str] = Field(default=list(_IMAGES), min_length=1)
    shortest_install_s: float = Field(default=60.0, gt=0)
    longest_install_s: float = Field(default=300.0, gt=0)
    wipe_profile: str = ""
    install_limit_s: float = Field(default=900.0, gt=0)
    faults: dict[str, Fault] = {}

    def offered_flavors(self) -> tuple[Flavor, ...]:
        return tuple(
            Flavor(name, one.cpus, one.memory, one.disk) for name, one in self.flavors.items()
        )

    def offered_images(self) -> tuple[Image, ...]:
        return tuple(Image(name) for name in self.images)

    @model_validator(mode="after")
    def _durations_are_in_order(self) -> "SimulatedSettings":
        if self.shortest_s > self.longest_s:
            raise ValueError("shortest_s is longer than longest_s")
        if self.shortest_install_s > self.longest_install_s:
            raise ValueError("shortest_install_s is longer than longest_install_s")
        return self

    def machine_names(self) -> tuple[str, ...]:
        if isinstance(self.machines, list):
            return tuple(self.machines)
        return tuple(f"i{number:02d}" for number in range(1, self.machines + 1))


def read_settings(site: Site, computer: Computer) -> SimulatedSettings:
    """Check a site's options. Errors: UsageProblem, with every wrong key at once."""
    given = {"workdir": computer.home / ".cloudmesh" / "simulated" / site.name, **site.options}
    read = read_options(SimulatedSettings, site, given)
    paths = {"workdir": absolute(read.workdir, site, computer)}
    if read.world is not None:
        paths["world"] = absolute(read.world, site, computer)
    return read.model_copy(update=paths)
