"""Put off what finds and starts plugins until a program needs the first one."""

import threading
from collections.abc import Callable

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.instances import Instance, Packages
from cloudmesh_iac.errors import CmxError


class LatePackages:
    """Satisfies Packages. `make` is called once, by whoever asks first."""

    def __init__(self, make: Callable[[], Packages]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Packages | None = None

    def load(self, package: Package) -> Instance | Failure:
        try:
            with self._lock:
                made = self._made = self._made or self._make()
        except CmxError as error:
            return Failure.of(error)
        return made.load(package)

    def close(self) -> None:
        with self._lock:
            if self._made is not None:
                self._made.close()
