"""Which plugins has a program registered, to name them by a reference from then on?"""

from dataclasses import replace
from typing import Any, TypeVar

from google.protobuf.message import Message

from cloudmesh_iac.core.packages import Package, Parameter
from cloudmesh_iac.core.registrations import Registration, Sought
from cloudmesh_iac.engine.asks import InvokeAsk
from cloudmesh_iac.engine.component_asks import CallAsk
from cloudmesh_iac.errors import ExperimentError, NotSupportedYet
from cloudmesh_iac.wire.protos import resource_pb2

_Named = TypeVar("_Named", Registration, Sought, InvokeAsk, CallAsk)


class RegisteredPackages:
    """One for each evaluation."""

    def __init__(self) -> None:
        self._known: dict[str, Package] = {}

    def add(self, request: Any) -> Message:
        """Errors: NotSupportedYet for a package that extends another one."""
        if request.HasField("extension"):
            raise NotSupportedYet(f"{request.name}: extensions of packages: not supported yet")
        package = Package(request.name, request.version, request.download_url.rstrip("/"))
        if request.HasField("parameterization"):
            told = request.parameterization
            parameter = Parameter(told.name, told.version, told.value)
            package = replace(package, parameter=parameter)
        for reference, known in self._known.items():
            if known == package:
                return resource_pb2.RegisterPackageResponse(ref=reference)
        reference = f"package-{len(self._known) + 1}"
        self._known[reference] = package
        return resource_pb2.RegisterPackageResponse(ref=reference)

    def on(self, named: _Named, request: Any) -> _Named:
        """Return it with the package that its request refers to.

        Errors: ExperimentError for a reference that nobody was given.
        """
        if not request.packageRef:
            return named
        package = self._known.get(request.packageRef)
        if package is None:
            raise ExperimentError(f"there is no package {request.packageRef}")
        return replace(named, package=package)
