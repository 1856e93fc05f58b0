"""Machines on an OpenStack cloud: what this kind of site can do."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, ClassVar

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Flavor, Image
from cloudmesh_iac.errors import CmxError, SiteRefused, UsageProblem
from cloudmesh_iac.providers.openstack.offers import KeptOffers, Offers
from cloudmesh_iac.providers.openstack.settings import Account, read_settings, variable_of
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

_ACCOUNT = "cloudmesh_iac.providers.openstack.account"


class OpenStackProvider:
    """MakesNodes for one cloud: its machines are made by the provider plugin of the package.

    What it offers is asked once a day and kept: a preview needs no network then.
    """

    kind: ClassVar[str] = "openstack"
    resources: ClassVar[str] = "cloudmesh_iac.providers.openstack.resources"

    def __init__(self, site: Site, computer: Computer) -> None:
        """Errors: UsageProblem for wrong settings."""
        self._site = site
        self._settings = read_settings(site, computer)
        self._account = Account(site, self._settings, computer)
        self._kept = KeptOffers(
            self._settings.offers / f"{site.name}.json", computer.clock, self._settings.offers_s
        )

    def flavors(self) -> Sequence[Flavor]:
        return self._offers().flavors

    def images(self) -> Sequence[Image]:
        return self._offers().images

    def outside(self, name: str) -> str:
        """Return the id of a network that leads outside.

        Errors: SiteRefused for a name that is none ("did you mean"); SiteUnreachable.
        """
        networks = self._offers().outside
        if name not in networks:
            networks = self._kept.renewed(self._ask).outside
        if name in networks:
            return networks[name]
        known = ", ".join(sorted(networks)) or "none"
        raise SiteRefused(
            f"site {self._site.name} has no network {name!r} that leads outside",
            subject=name,
            hint=instead_of(name, networks, otherwise=f"there are: {known}"),
        )

    def port_of(self, server_id: str) -> str | None:
        """Return the id of a server's port. Errors: SiteRefused, SiteUnreachable."""
        found: str | None = _sdk(self._site).find_port(
            self._site.name,
            self._account.with_secret(),
            server_id,
            timeout_s=self._settings.timeout_s,
        )
        return found

    def plugin_secret(self, variable: str) -> str | None:
        inside = self._account.secret_variable
        is_own = bool(inside) and variable == variable_of(self._site, inside)
        return self._account.secret() if is_own else None

    def problem(self) -> str | None:
        """Log in, and say in one sentence what is wrong and what mends it; None when it works."""
        try:
            self._kept.keep(self._ask())
        except CmxError as error:
            return error.in_one_line
        return None

    def _offers(self) -> Offers:
        return self._kept.fresh() or self._kept.renewed(self._ask)

    def _ask(self) -> Offers:
        """Errors: UsageProblem without the SDK; SiteUnreachable, SiteRefused."""
        offers: Offers = _sdk(self._site).ask_offers(
            self._site.name, self._account.with_secret(), timeout_s=self._settings.timeout_s
        )
        return offers


def _sdk(site: Site) -> Any:
    """Errors: UsageProblem without the SDK, which the extra `openstack` brings."""
    try:
        return import_module(_ACCOUNT)
    except ImportError as error:
        raise UsageProblem(
            f"site {site.name}: the Python package openstacksdk is not here",
            hint="pip install 'cloudmesh-iac[openstack]'",
        ) from error
