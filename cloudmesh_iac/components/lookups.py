"""Images and sizes, by what they have to be like."""

from dataclasses import dataclass

from cloudmesh_iac.components.deciding import fitting, image_called, size_of
from cloudmesh_iac.components.declaring import find_nodes_site, node_offers
from cloudmesh_iac.components.placing import On
from cloudmesh_iac.core.nodes import Size


@dataclass(frozen=True, slots=True)
class Image:
    """An image by its name, its id, or a pattern: `ubuntu-24.04*` means the last that matches.

    A machine keeps the image that it was first made from, until the pattern is another.
    """

    pattern: str

    def on(self, site: On = None) -> str:
        """Return the name that it has on a site. Errors: ExperimentError, SiteUnreachable."""
        found = find_nodes_site(site)
        return image_called(self.pattern, node_offers(found).images(), found).name


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size in any site's words: the smallest flavor that has as much.

    Units: `memory` like `4 GiB` (a number is MiB), `disk` in GiB. Errors: ExperimentError.
    """

    cpus: int | None = None
    memory: str | int | None = None
    disk: int | None = None

    def __post_init__(self) -> None:
        size_of(self.cpus, self.memory, self.disk)

    @property
    def size(self) -> Size:
        return size_of(self.cpus, self.memory, self.disk)

    def on(self, site: On = None) -> str:
        """Return the name that it has on a site. Errors: ExperimentError, SiteUnreachable."""
        found = find_nodes_site(site)
        return fitting(self.size, node_offers(found).flavors(), found).name
