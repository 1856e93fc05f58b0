"""Which kinds of sites are installed? Their code is loaded when a kind is first used."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.engine.abilities import Advises, FindsByToken
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.settings.computer import Computer

_GROUP = "cloudmesh_iac.providers"
_ADVISERS = "cloudmesh_iac.advisers"
_FINDERS = "cloudmesh_iac.finders"
# Handlers of things that few programs have: each is called with the sites. Their code takes a
# tenth of the time that a command needs to start.
_HANDLERS = (
    ("cloudmesh_iac.providers.nodes.handlers", "thing_handlers"),
    ("cloudmesh_iac.providers.cobbler.handlers", "record_handlers"),
)


@cache
def kinds() -> Sequence[str]:
    return tuple(sorted(point.name for point in entry_points(group=_GROUP)))


@cache
def provider_class(kind: str) -> type[Any]:
    """Return the provider class of a kind. Errors: UsageProblem with the kinds there are."""
    for point in entry_points(group=_GROUP):
        if point.name == kind:
            found: type[Any] = point.load()
            return found
    raise UsageProblem(
        f"there is no kind of site {kind!r}",
        hint=instead_of(kind, kinds(), otherwise=f"installed: {', '.join(kinds())}"),
    )


def resources_module(kind: str) -> ModuleType:
    """Return the module that declares the resources of a kind; it imports pulumi."""
    return import_module(provider_class(kind).resources)


def late_handlers(sites: Any) -> Mapping[ResourceType, Any]:
    """Return handlers of ours, by the type that they answer for; their modules import pulumi."""
    found: dict[ResourceType, Any] = {}
    for module, function in _HANDLERS:
        found.update(getattr(import_module(module), function)(sites))
    return found


def finder(package: str, computer: Computer) -> FindsByToken | None:
    """Return who looks for the resources of a package; None where nobody can."""
    for point in entry_points(group=_FINDERS):
        if point.name == package:
            found: FindsByToken = point.load()(computer)
            return found
    return None


@cache
def adviser(package: str) -> Advises | None:
    """Return who knows more about a package than its plugin says; None where nobody does."""
    for point in entry_points(group=_ADVISERS):
        if point.name == package:
            found: Advises = point.load()()
            return found
    return None
