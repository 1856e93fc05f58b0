"""Which variables can be handed to a plugin: this person's, and secrets of their sites."""

from collections.abc import Iterator, Mapping

from cloudmesh_iac.engine.abilities import KnowsSecrets
from cloudmesh_iac.settings.load import OpenSites

_PREFIX = "CMX_"


class SiteVariables(Mapping[str, str]):
    """The environment, and behind it the secrets of sites, each fetched when it is asked for."""

    def __init__(self, environment: Mapping[str, str], sites: OpenSites) -> None:
        self._environment = environment
        self._sites = sites

    def __getitem__(self, name: str) -> str:
        """Errors: KeyError; UsageProblem for a secret that cannot be had."""
        if name in self._environment or not name.startswith(_PREFIX):
            return self._environment[name]
        for site in self._sites.settings.sites.values():
            found = self._secret_of(str(site.name), name)
            if found is not None:
                return found
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)

    def _secret_of(self, site: str, name: str) -> str | None:
        provider = self._sites.provider(site)
        return provider.plugin_secret(name) if isinstance(provider, KnowsSecrets) else None
