"""Let a kind of site look for what the plugin of its package may have made."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.values import Properties, without_secrets
from cloudmesh_iac.engine.abilities import FindsByToken, Search
from cloudmesh_iac.engine.asks import FindAsk, Found

Finders: TypeAlias = Callable[[str], FindsByToken | None]
"""Returns who looks for the resources of a package; None where nobody can."""


def nobody(_: str) -> None:
    """Answer for a package that no kind looks for."""


@dataclass(frozen=True, slots=True)
class ConfiguredFinder:
    """A kind that looks where one provider resource is configured to; satisfies FindsLost."""

    kind: FindsByToken
    configuration: Properties

    def search(self, ask: FindAsk) -> Search | Failure:
        return self.kind.search(self._configured(ask))

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        return self.kind.find(self._configured(ask))

    def _configured(self, ask: FindAsk) -> FindAsk:
        clear = {key: without_secrets(value) for key, value in self.configuration.items()}
        return replace(ask, configuration=clear)
