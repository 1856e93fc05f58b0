"""Which package does a type belong to, and which provider resource answers for it?"""

from dataclasses import dataclass

from cloudmesh_iac.core.urns import ResourceType, Urn, type_of

_PROVIDER_PREFIX = "pulumi:providers:"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What makes another package of a plugin; only that plugin can read the `value`."""

    name: str
    version: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Package:
    """What a plugin serves: a name, and the version and place that the program asks for.

    An empty version means any, an empty URL the usual place. `environment` gives variables of
    the plugin's process: their names there, and the names of ours that they are taken from. With a
    `parameter` the plugin serves the package of that name.
    """

    name: str
    version: str = ""
    plugin_download_url: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    parameter: Parameter | None = None

    @property
    def serves(self) -> str:
        """Return the package whose types it has."""
        return self.name if self.parameter is None else self.parameter.name

    @property
    def served_version(self) -> str:
        return self.version if self.parameter is None else self.parameter.version

    def __str__(self) -> str:
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True)
class ProviderReference:
    """One object of a provider resource, in Pulumi's form `urn::id`."""

    urn: Urn
    id: str

    def __str__(self) -> str:
        return f"{self.urn}::{self.id}"


def provider_urn(reference: str) -> Urn:
    """Return the resource of a reference that is one."""
    return Urn(reference.rpartition("::")[0])


def parse_reference(text: str) -> ProviderReference:
    """Errors: ValueError for what is no reference to a provider."""
    urn, separator, id_ = text.rpartition("::")
    if not separator or urn.count("::") < 3 or not is_provider_type(type_of(Urn(urn))):
        raise ValueError(f"{text!r} is not a reference to a provider")
    return ProviderReference(Urn(urn), id_)


def is_provider_type(type_: ResourceType) -> bool:
    return type_.startswith(_PROVIDER_PREFIX)


def provider_type(package: str) -> ResourceType:
    return ResourceType(f"{_PROVIDER_PREFIX}{package}")


def package_of(token: str) -> str:
    """Return the package of a resource type or of a function; that of a provider is its own."""
    if token.startswith(_PROVIDER_PREFIX):
        return token.removeprefix(_PROVIDER_PREFIX)
    return token.partition(":")[0]
