"""Find who answers for a resource: our own handlers here, a program's own in their process."""

import threading
from collections.abc import Callable, Mapping
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import DYNAMIC_PREFIX, ResourceType
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.providers.dynamic.hosting import HandlerHost

_OURS = f"{DYNAMIC_PREFIX}/cmx:"
Late: TypeAlias = Callable[[], Mapping[ResourceType, Provider]]
"""Returns handlers whose code is loaded when a type of ours is first asked for that is no other."""


class DynamicProviders:
    """Satisfies `engine.ports.providers.Providers`.

    `own` are handlers that we trust in our own process. So are the `late` ones; they are
    asked for once, and by several threads maybe.
    """

    def __init__(
        self, own: Mapping[ResourceType, Provider], host: HandlerHost, *, late: Late = dict
    ) -> None:
        self._own = own
        self._host = host
        self._load_late = late
        self._lock = threading.Lock()
        self._late: Mapping[ResourceType, Provider] | None = None

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        del reference  # classes of a program have no provider resource of their own
        own = self._own.get(type_)
        if own is None and type_.startswith(_OURS):
            own = self._loaded().get(type_)
        if own is not None:
            return own
        if type_.startswith(DYNAMIC_PREFIX):
            return self._host
        package = type_.partition(":")[0]
        return Failure(f"provider package {package!r}: plugins are not supported yet")

    def _loaded(self) -> Mapping[ResourceType, Provider]:
        with self._lock:
            if self._late is None:
                self._late = self._load_late()
            return self._late

    def close(self) -> None:
        self._host.close()
