"""How does a component get the resources of a site, whatever kind that is?"""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import pulumi

from cloudmesh_iac.components.placing import On, default_site, names_said
from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.engine.node_abilities import MakesNodes
from cloudmesh_iac.errors import CmxError, UsageProblem
from cloudmesh_iac.settings.kinds import resources_module
from cloudmesh_iac.settings.load import OpenSites, load
from cloudmesh_iac.settings.sites import Site


class DeclaredThing(Protocol):
    """A resource, and its outputs by the names that all kinds of sites have for them."""

    @property
    def resource(self) -> pulumi.Resource: ...

    @property
    def outputs(self) -> Mapping[str, pulumi.Output[Any]]: ...


@runtime_checkable
class Declares(Protocol):
    """The resources module of a kind of site that has machines.

    Properties are those of `core.nodes.Wanted`, with `provider_args` in the words of the kind.
    Every thing has the output `id`; a vm `address`, `state` and `raw`; a subnet `network`.
    """

    def declare_thing(
        self,
        thing: Thing,
        name: str,
        props: Mapping[str, Any],
        *,
        site: Site,
        opts: pulumi.ResourceOptions,
    ) -> DeclaredThing: ...

    def declare_choice(
        self, name: str, props: Mapping[str, Any], *, opts: pulumi.ResourceOptions
    ) -> Any:
        """Declare what was decided for a component; `name` and `found` are its outputs.

        A kind takes it from `providers.choices`.
        """
        ...

    def declare_reach(
        self, name: str, props: Mapping[str, Any], *, opts: pulumi.ResourceOptions
    ) -> Any:
        """Declare that a machine is waited for; `address` is its output.

        A kind whose machines can be logged in to takes it from `providers.reach`.
        """
        ...


def find_nodes_site(on: On) -> Site:
    """Return the site for machines: the one named, the first of a list, or the default one.

    Where the default site has none and only one site has, it is that one. Errors: UsageProblem
    for a site that is not there or has no machines.
    """
    sites = load()
    names = names_said(on) or [_default_nodes_site(sites)]
    for name in names:
        if not _has_nodes(sites, name):
            kind = sites.settings.site(name).kind
            raise UsageProblem(f"site {name!r} ({kind}) has no machines", subject=name)
    return sites.settings.site(names[0])


def _default_nodes_site(sites: OpenSites) -> str:
    """Errors: UsageProblem where several sites could be meant, or none has machines."""
    default = default_site(sites)
    if _has_nodes(sites, default):
        return default
    others = [str(name) for name in sites.settings.sites if _may_have_nodes(sites, str(name))]
    if len(others) == 1:
        return others[0]
    if others:
        raise UsageProblem(
            f"which site? {default!r}, the default one, has no machines",
            hint=f"say on=..., or `cmx default site=NAME`: {', '.join(sorted(others))}",
        )
    raise UsageProblem(
        "no site with machines is configured",
        hint="a cloud in clouds.yaml is one; `cmx site ls` shows the sites there are",
    )


def _has_nodes(sites: OpenSites, name: str) -> bool:
    return isinstance(sites.provider(name), MakesNodes)


def _may_have_nodes(sites: OpenSites, name: str) -> bool:
    """A site whose settings are wrong is not the one that is meant."""
    try:
        return _has_nodes(sites, name)
    except CmxError:
        return False


def node_offers(site: Site) -> MakesNodes:
    """Return who says what a site of `find_nodes_site` offers."""
    provider = load().provider(site.name)
    assert isinstance(provider, MakesNodes)
    return provider


def declares(site: Site) -> Declares:
    """Return the resources of a kind. Errors: UsageProblem for a kind that has none."""
    module: Any = resources_module(site.kind)
    if not isinstance(module, Declares):
        raise UsageProblem(f"sites of kind {site.kind!r} have no machines", subject=site.name)
    return module
