"""What is a plugin asked about components and methods, and what does it answer?"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties


@dataclass(frozen=True, slots=True)
class CallAsk:
    """A method of something that a plugin serves, named as `InvokeAsk` names functions.

    `args` hold the thing itself as `__self__`; `dependencies` are the sources of each argument.
    """

    token: str
    args: Properties
    caller: Caller
    dependencies: Mapping[str, tuple[Urn, ...]] = field(default_factory=dict)
    provider: str = ""
    version: str = ""
    plugin_download_url: str = ""
    package: Package | None = None


@dataclass(frozen=True, slots=True)
class Called:
    """What a method returns, with the sources of each part."""

    result: Properties
    dependencies: Mapping[str, tuple[Urn, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ConstructAsk:
    """A component that a plugin makes: its inputs may hold output values."""

    registration: Registration


@dataclass(frozen=True, slots=True)
class Constructed:
    """A component as its plugin has registered it."""

    urn: Urn
    outputs: Properties
    dependencies: Mapping[str, tuple[Urn, ...]] = field(default_factory=dict)
