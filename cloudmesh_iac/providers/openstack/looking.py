"""Look for what the OpenStack plugin may have made: the ability `FindsByToken`."""

import threading
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.engine.asks import FindAsk, Found
from cloudmesh_iac.providers.openstack.searches import SEARCHES, search_of
from cloudmesh_iac.settings.computer import Computer

if TYPE_CHECKING:
    from cloudmesh_iac.providers.openstack.client import Cloud

_CLIENT = "cloudmesh_iac.providers.openstack.client"
_WITHOUT_SDK = Failure(
    "what OpenStack has made cannot be looked for: the Python package openstacksdk is not here",
    "pip install 'cloudmesh-iac[openstack]', then run it again",
)


class Lookup:
    """Satisfies FindsByToken. A cloud is connected to when it is first asked."""

    searches = SEARCHES

    def __init__(self, _: Computer) -> None:
        self._lock = threading.Lock()
        self._clouds: list[tuple[Properties, Cloud]] = []

    def search(self, ask: FindAsk) -> Search:
        return search_of(ask.type, ask.inputs)

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        try:
            with self._lock:  # a connection is not for several threads at once
                return self._cloud(ask.configuration).candidates(ask.type, ask.inputs)
        except ImportError:
            return _WITHOUT_SDK

    def _cloud(self, configuration: Properties) -> "Cloud":
        """Errors: ImportError without the SDK, which the extra `openstack` brings."""
        for known, cloud in self._clouds:
            if known == configuration:
                return cloud
        made: Cloud = import_module(_CLIENT).Cloud(configuration)
        self._clouds.append((configuration, made))
        return made
