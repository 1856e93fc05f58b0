"""What the engine needs of plugins: processes, each serving one package, configured once."""

from collections.abc import Iterable
from typing import Protocol, runtime_checkable

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import CheckAsk, Checked, ConfigureAsk, DiffAsk, Difference, Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.engine.ports.providers import Invokes, Provider, Reads


@runtime_checkable
class Previews(Protocol):
    """A provider that can say what a create or an update would give, without doing it."""

    @property
    def previews(self) -> bool:
        """Whether it really can; else creates and updates are not asked in previews."""
        ...


@runtime_checkable
class Constructs(Protocol):
    """A provider that has components, and methods of things."""

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        """Return when the component and all its parts are registered."""
        ...

    def call(self, ask: CallAsk) -> Called | Refusal | Failure: ...


class Instance(Provider, Reads, Invokes, Previews, Constructs, Protocol):
    """Blocking, from several threads; errors come back as values.

    Asks about configuration are about the provider resource: its urn, type and inputs, without
    what is only for the engine.
    """

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure: ...

    def diff_config(self, ask: DiffAsk) -> Difference | Failure: ...

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        """Take the configuration; called once, before anything but the two above.

        In a preview parts of it may not be known yet: then the plugin is asked nothing, and what
        it would have been asked is answered as far as that goes.
        """
        ...

    def close(self) -> None:
        """End the process; what it is asked meanwhile fails. Idempotent."""
        ...


class Packages(Protocol):
    """Find, fetch and start plugins."""

    def load(self, package: Package) -> Instance | Failure:
        """Start a process of its own for a package, not configured yet."""
        ...

    def close(self) -> None:
        """End every process that was started. Idempotent."""
        ...


@runtime_checkable
class HasProviderResources(Protocol):
    """Providers of which some are configured by resources of their own."""

    def default_inputs(self, package: Package) -> Properties | Failure | None:
        """Return the configuration of a provider that nobody declares.

        None for packages that are served without such a resource; a Failure where a person does
        not want any.
        """
        ...

    def recall(self, records: Iterable[Record], *, is_preview: bool) -> None:
        """Begin a run: know the provider resources of a stack, to start them when needed.

        In a preview, plugins are asked even if they refuse their configuration.
        """
        ...
