"""Which variables can be handed to a plugin: this person's, and secrets of their sites."""

from collections.abc import Iterator, Mapping

from cloudmesh_iac.engine.abilities import KnowsSecrets
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.settings.load import OpenSites

_PREFIX = "CMX_"


class SiteVariables(Mapping[str, str]):
    """The environment, and behind it the secrets of sites, each fetched when it is asked for."""

    def __init__(self, environment: Mapping[str, str], sites: OpenSites) -> None:
        self._environment = environment
        self._sites = sites

    def __getitem__(self, name: str) -> str:
        """Errors: KeyError; UsageProblem for a secret that cannot be had.

        A site whose settings are wrong is in nobody's way but its own: its error comes when no
        other site has the secret.
        """
        if name in self._environment or not name.startswith(_PREFIX):
            return self._environment[name]
        problem: CmxError | None = None
        for site in self._sites.settings.sites:
            try:
                provider = self._sites.provider(site)
            except CmxError as error:
                problem = problem or error
                continue
            found = provider.plugin_secret(name) if isinstance(provider, KnowsSecrets) else None
            if found is not None:
                return found
        raise problem or KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment)

    def __len__(self) -> int:
        return len(self._environment)
