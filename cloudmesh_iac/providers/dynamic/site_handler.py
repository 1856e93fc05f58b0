"""Handlers whose resources are each at a site: where do they know the sites from?"""

from collections.abc import Iterable, Mapping

from pulumi.dynamic import ConfigureRequest, ResourceProvider

from cloudmesh_iac.core.urns import DYNAMIC_PREFIX, ResourceType
from cloudmesh_iac.settings.load import OpenSites, load


class SiteHandler(ResourceProvider):
    """Opens the sites when Pulumi configures it; in our own process it is told them."""

    serialize_as_secret_always = False  # the pickle holds a module path, nothing else
    sites: OpenSites

    def configure(self, req: ConfigureRequest) -> None:
        del req  # what a program may configure is no matter of sites
        self.sites = load()


def told_handlers(
    classes: Iterable[type[SiteHandler]], sites: OpenSites
) -> Mapping[ResourceType, ResourceProvider]:
    """Return a handler for each type, by the name of its class, for our own process."""
    handlers: dict[ResourceType, ResourceProvider] = {}
    for class_ in classes:
        handler = class_()
        handler.sites = sites
        name = class_.__name__.removesuffix("Handler")
        handlers[ResourceType(f"{DYNAMIC_PREFIX}/cmx:{name}")] = handler
    return handlers
