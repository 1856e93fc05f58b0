"""Which rules does a stack have for names that a provider would make up by itself?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cloudmesh_iac.core.urns import ResourceType


class NamingMode(StrEnum):
    """What a provider may do with the name that it is told."""

    PROPOSE = "propose"  # it may change it, to what its cloud allows
    ENFORCE = "enforce"  # just this one, or an error
    DISABLED = "disabled"  # it makes up none: the program has to say one


@dataclass(frozen=True, slots=True)
class Naming:
    """What a provider is told about the name of one object.

    `is_unique` says that the next object of the resource gets another name. `is_expected` says that
    somebody counts on it: a provider that cannot obey is worth a warning.
    """

    mode: NamingMode
    name: str = ""
    is_unique: bool = False
    is_expected: bool = False


@dataclass(frozen=True, slots=True)
class NamingRule:
    """How names are made: from a pattern with `${name}` and random parts such as `${hex(6)}`."""

    mode: NamingMode
    pattern: str = ""
    is_expected: bool = False


@dataclass(frozen=True, slots=True)
class NamingRules:
    """The rules of a stack, by resource type, by package, and for all others.

    None leaves the name to the provider, also where a wider rule says something else.
    """

    default: NamingRule | None = None
    packages: Mapping[str, NamingRule | None] = field(default_factory=dict)
    types: Mapping[ResourceType, NamingRule | None] = field(default_factory=dict)

    def of(self, type_: ResourceType) -> NamingRule | None:
        """Return the narrowest rule for a type. That of a provider resource is the widest one."""
        if type_ in self.types:
            return self.types[type_]
        return self.packages.get(_package(type_), self.default)


def _package(type_: ResourceType) -> str:
    return type_.partition(":")[0]
