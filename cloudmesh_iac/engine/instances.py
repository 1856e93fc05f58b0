"""What the engine needs of a plugin: one process that serves one package, configured once."""

from typing import Protocol

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    ConfigureAsk,
    DiffAsk,
    Difference,
    Refusal,
)
from cloudmesh_iac.engine.ports import Invokes, Provider, Reads


class Instance(Provider, Reads, Invokes, Protocol):
    """Blocking, from several threads; errors come back as values.

    Asks about configuration are about the provider resource: its urn, type and inputs, without
    what is only for the engine.
    """

    @property
    def previews(self) -> bool:
        """Whether it answers creates and updates that are only previewed."""
        ...

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure: ...

    def diff_config(self, ask: DiffAsk) -> Difference | Failure: ...

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        """Take the configuration; called once, before anything but the two above."""
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
