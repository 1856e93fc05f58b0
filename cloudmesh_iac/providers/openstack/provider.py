"""Machines on an OpenStack cloud: what this kind of site can do."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import import_module
from typing import Any, ClassVar

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.nodes import Allowance, Flavor, Image, SeenMachine
from cloudmesh_iac.core.offered import doubts_of
from cloudmesh_iac.errors import CmxError, SiteRefused, UsageProblem
from cloudmesh_iac.providers.openstack.offers import KeptOffers, Offers
from cloudmesh_iac.providers.openstack.settings import Account, read_settings, variable_of
from cloudmesh_iac.providers.openstack.translate import is_id
from cloudmesh_iac.settings.computer import Computer
from cloudmesh_iac.settings.sites import Site

_ACCOUNT = "cloudmesh_iac.providers.openstack.account"


class OpenStackProvider:
    """KnowsOffers, ListsInventory and Quotes for one cloud.

    Its machines are made by the provider plugin of the package.

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

    def machines(self) -> Sequence[SeenMachine]:
        found: Sequence[SeenMachine] = self._asked("list_machines")
        return found

    def allowances(self) -> Sequence[Allowance]:
        found: Sequence[Allowance] = self._asked("ask_allowances")
        return found

    def doubts(self, named: Mapping[str, str]) -> Mapping[str, str]:
        """An id is left to the cloud; a name that was not there may be new, so it asks again."""
        names = {what: name for what, name in named.items() if not is_id(name)}
        kept = self._kept.at_any_age()
        if kept is None or not self._unknown(names, kept):
            return {}
        asked = self._asked_again
        return {} if asked is None else self._unknown(names, asked)

    def port_of(self, server_id: str) -> str | None:
        """Return the id of a server's port. Errors: SiteRefused, SiteUnreachable."""
        found: str | None = self._asked("find_port", server_id)
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

    def _unknown(self, names: Mapping[str, str], offers: Offers) -> Mapping[str, str]:
        site = str(self._site.name)
        return doubts_of(site, names, images=offers.images, flavors=offers.flavors)

    @cached_property
    def _asked_again(self) -> Offers | None:
        """Ask once more in this run what there is; None where nobody answers."""
        try:
            offers = self._ask()
        except CmxError:
            return None
        self._kept.keep(offers)
        return offers

    def _offers(self) -> Offers:
        return self._kept.fresh() or self._kept.renewed(self._ask)

    def _ask(self) -> Offers:
        """Errors: UsageProblem without the SDK; SiteUnreachable, SiteRefused."""
        offers: Offers = self._asked("ask_offers")
        return offers

    def _asked(self, question: str, *more: object) -> Any:
        """Put a question of the module that talks. Errors: as of `_ask`."""
        ask = getattr(_sdk(self._site), question)
        configuration = self._account.with_secret()
        return ask(self._site.name, configuration, *more, timeout_s=self._settings.timeout_s)


def _sdk(site: Site) -> Any:
    """Errors: UsageProblem without the SDK, which the extra `openstack` brings."""
    try:
        return import_module(_ACCOUNT)
    except ImportError as error:
        raise UsageProblem(
            f"site {site.name}: the Python package openstacksdk is not here",
            hint="pip install 'cloudmesh-iac[openstack]'",
        ) from error
