"""Find who answers for a resource: our own handlers here, a program's own in their process."""

from collections.abc import Mapping

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import DYNAMIC_PREFIX, ResourceType
from cloudmesh_iac.engine.ports import Provider
from cloudmesh_iac.providers.dynamic.hosting import HandlerHost


class DynamicProviders:
    """Satisfies `engine.ports.Providers`. `own` are handlers that we trust in our own process."""

    def __init__(self, own: Mapping[ResourceType, Provider], host: HandlerHost) -> None:
        self._own = own
        self._host = host

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        del reference  # classes of a program have no provider resource of their own
        own = self._own.get(type_)
        if own is not None:
            return own
        if type_.startswith(DYNAMIC_PREFIX):
            return self._host
        package = type_.partition(":")[0]
        return Failure(f"provider package {package!r}: plugins are not supported yet")

    def close(self) -> None:
        self._host.close()
