"""What the commands around machines have in common: the pool, and which site is meant."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from cloudmesh_iac.cli.desk import Desk
from cloudmesh_iac.components.quantities import parse_memory
from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Lease, Machine, MachineName, Needs, Reservation, Taken
from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.engine.booting import BootsMachines, HoldsLeases
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.errors import CmxError, SiteRefused, UsageProblem
from cloudmesh_iac.settings.kinds import provider_class
from cloudmesh_iac.settings.load import OpenSites, Settings, load_settings
from cloudmesh_iac.settings.pools import open_pool
from cloudmesh_iac.wire.host_lists import expand, fold

_One = TypeVar("_One", Lease, Reservation)


@dataclass(frozen=True)
class PoolDesk:
    """One command's view of the pool; `on` is the site that was named."""

    desk: Desk
    on: str | None = None

    @cached_property
    def pool(self) -> Pool:
        return open_pool(self.desk.computer)

    @cached_property
    def settings(self) -> Settings:
        return load_settings(self.desk.computer, self.desk.here)

    @cached_property
    def site(self) -> SiteName:
        """The site that was named, else the only one with machines, else the default one.

        Errors: UsageProblem when several have machines, or none can have any.
        """
        if self.on is not None:
            return self._opened(self._leasing(self.settings.site(self.on).name))
        known = sorted(self.settings.sites)
        having = [name for name in known if self.pool.machines(name)]
        having = having or [name for name in known if self._may_have_machines(name)]
        if not having or self.settings.default_site in having:
            return self._opened(self._leasing(self.settings.default_site))
        if len(having) > 1:
            raise UsageProblem(f"several sites have machines: {', '.join(having)}", hint="say --on")
        return self._opened(having[0])

    @property
    def only(self) -> SiteName | None:
        """The site that was named; None means all of them."""
        return None if self.on is None else self.settings.site(self.on).name

    def machines(self, words: Sequence[str] | None) -> list[Machine]:
        """Return the machines of a host list, as they are said; without one all of the site.

        Errors: UsageProblem for names that are not there.
        """
        known = {one.name: one for one in self.pool.machines(self.site)}
        if not words:
            return list(known.values())
        wanted = names_of(words)
        missing = [name for name in wanted if name not in known]
        if missing:
            otherwise = "`cmx inventory ls` shows all" if known else "cmx inventory import FILE"
            raise UsageProblem(
                f"{self.site} has no machine {fold(missing)}",
                subject=fold(missing),
                hint=instead_of(missing[0], known, otherwise=otherwise),
            )
        return [known[name] for name in wanted]

    def boots(self, site: SiteName) -> BootsMachines:
        """Return who switches the machines of a site. Errors: UsageProblem for one that cannot."""
        provider = self._sites.provider(site)
        if isinstance(provider, BootsMachines):
            return provider
        raise UsageProblem(
            f"{site} is a site of kind {self.settings.site(site).kind}, which switches no machines",
            subject=site,
            hint="`cmx site ls` shows what sites have",
        )

    @cached_property
    def _sites(self) -> OpenSites:
        return OpenSites(self.settings, self.desk.computer)

    def _leasing(self, site: SiteName) -> SiteName:
        """Errors: UsageProblem for a site whose kind hands out no machines, and has none here."""
        if self._may_have_machines(site, otherwise=True) or self.pool.machines(site):
            return site
        able = [name for name in sorted(self.settings.sites) if self._may_have_machines(name)]
        none = "`cmx site ls` shows the sites there are; a Cobbler site leases some"
        raise UsageProblem(
            f"site {site!r} ({self.settings.site(site).kind}) leases no machines",
            subject=site,
            hint=f"say --on {' or '.join(able)}" if able else none,
        )

    def _may_have_machines(self, site: SiteName, *, otherwise: bool = False) -> bool:
        """Say whether its kind hands out machines, which is not asked itself.

        `otherwise` is the answer for a kind that cannot be loaded.
        """
        try:
            return hasattr(provider_class(self.settings.sites[site].kind), "pool")
        except CmxError:
            return otherwise

    def _opened(self, site: SiteName) -> SiteName:
        """Let a site that brings machines of its own put them into the pool."""
        if self._may_have_machines(site):
            with suppress(CmxError):  # what is wrong with a site is no trouble of its inventory
                provider = self._sites.provider(site)
                if isinstance(provider, HoldsLeases):
                    _ = provider.pool  # asking for it fills it
        return site


def names_of(words: Iterable[str]) -> tuple[MachineName, ...]:
    return tuple(MachineName(name) for name in expand(words))


def needs_of(
    hosts: Sequence[str] | None,
    *,
    count: int | None,
    cpus: int,
    memory: str | None,
    tags: Sequence[str] | None,
) -> Needs:
    """Return what is asked for: these machines, or so many that fit. Errors: UsageProblem."""
    if hosts and (count or cpus or memory or tags):
        raise UsageProblem("say machines or what they must have, not both")
    try:
        memory_mb = 0 if memory is None else parse_memory(memory)
    except ValueError as error:
        raise UsageProblem(f"--memory: {error}") from error
    return Needs(count or 1, names_of(hosts or ()), cpus, memory_mb, frozenset(tags or ()))


def called(text: str, known: Sequence[_One], *, noun: str) -> _One:
    """Return what an id means, or the beginning of one. Errors: UsageProblem."""
    found = [one for one in known if one.id == text]
    found = found or [one for one in known if text and one.id.startswith(text)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(one.id for one in found)
        raise UsageProblem(f"{text!r} may be {ids}", subject=text, hint="write more of it")
    raise UsageProblem(
        f"there is no {noun} {text!r}",
        subject=text,
        hint=instead_of(text, [one.id for one in known], otherwise=f"cmx {noun} ls"),
    )


def given(answer: _One | Taken) -> _One:
    """Errors: SiteRefused, which says who has the machines and when they are free."""
    if isinstance(answer, Taken):
        raise SiteRefused(answer.message, hint="`cmx reservation gantt` shows who has what")
    return answer
