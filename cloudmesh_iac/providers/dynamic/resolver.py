"""Find who answers for a resource: our own handlers here, a program's own in their process."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.urns import DYNAMIC_PREFIX, ResourceType
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.providers.dynamic.hosting import HandlerHost

_OURS = f"{DYNAMIC_PREFIX}/cmx:"
Late: TypeAlias = Callable[[], Mapping[ResourceType, Provider]]
"""Returns handlers whose code is loaded when a type of ours is first asked for."""


class DynamicProviders:
    """Satisfies `engine.ports.providers.Providers`.

    `own` are handlers that we trust in our own process. So are the `late` ones: one after the
    other is loaded, once, until a type is found; several threads may ask.
    """

    def __init__(
        self,
        own: Mapping[ResourceType, Provider],
        host: HandlerHost,
        *,
        late: Sequence[Late] = (),
    ) -> None:
        self._own = dict(own)
        self._host = host
        self._left = list(late)
        self._lock = threading.Lock()

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        del reference  # classes of a program have no provider resource of their own
        own = self._ours(type_) if type_.startswith(_OURS) else self._own.get(type_)
        if own is not None:
            return own
        if type_.startswith(DYNAMIC_PREFIX):
            return self._host
        package = type_.partition(":")[0]
        return Failure(f"provider package {package!r}: plugins are not supported yet")

    def expect(self, types: Collection[ResourceType]) -> None:
        """Start the host where a class of the program will be asked."""
        if any(one.startswith(DYNAMIC_PREFIX) and not one.startswith(_OURS) for one in types):
            self._host.prepare()

    def _ours(self, type_: ResourceType) -> Provider | None:
        with self._lock:
            while type_ not in self._own and self._left:
                self._own.update(self._left.pop(0)())
            return self._own.get(type_)

    def close(self) -> None:
        self._host.close()
