"""Leased machines on disk: a pool, a simulated site, and runs that die at any write of either.

Beside the boundaries of the journal there are those of the pool and of the machines themselves.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from cloudmesh_iac.core.jobs import SiteName
from cloudmesh_iac.core.metal import Installation, Machine, MachineName, Power
from cloudmesh_iac.engine.pool import Pool
from cloudmesh_iac.engine.ports.state import Store
from cloudmesh_iac.engine.writing import Parts
from cloudmesh_iac.providers.metal.calls import metal_handlers
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.metal.remote import MetalRemote
from cloudmesh_iac.providers.simulated.provider import SimulatedProvider
from cloudmesh_iac.settings.computer import Computer, SystemClock, this_computer
from cloudmesh_iac.settings.files import Limits
from cloudmesh_iac.settings.load import OpenSites, Settings
from cloudmesh_iac.settings.sites import Site
from tests.builders import a_holder
from tests.crash.killing import Boundaries, KillingStore
from tests.crash.project import Project, What
from tests.lifecycle.script import ScriptedProgram, machines
from tests.lifecycle.world import EventList, FakeProviders, a_program

SITE = SiteName("sim")
KIND = "metal"
_WRITES = {"lease", "move", "swap", "extend", "end", "give_back"}
_OPTIONS = {
    "machines": 3,
    "world": "world.json",
    "workdir": "work",
    "poll_s": 0.1,
    "shortest_install_s": 0.05,
    "longest_install_s": 0.1,
}


class MetalProject(Project):
    """Two of three machines, then the same with another profile, then none."""

    def parts(self, store: Store | None = None, *, clock: SystemClock | None = None) -> Parts:
        boundaries = store.boundaries if isinstance(store, KillingStore) else Boundaries(0)
        clock = clock or SystemClock()
        computer = replace(this_computer(), clock=clock)
        metal = Metal(self.sites(boundaries, clock), computer)
        return Parts(
            store=store or self.store(),
            providers=FakeProviders(metal_handlers(metal), set()),
            remote=MetalRemote(metal),
            events=EventList(),
            clock=clock,
            holder=replace(a_holder(host=computer.host), system=computer.system),
        )

    def sites(self, boundaries: Boundaries, clock: SystemClock) -> OpenSites:
        environment = {"CMX_POOL": str(self.folder / "pool.db")}
        computer = replace(this_computer(), home=self.folder, clock=clock, environment=environment)
        site = Site(SITE, "simulated", self.folder, _OPTIONS)
        settings = Settings(self.folder, {SITE: site}, SITE, Limits())
        return KillingSites(settings, computer, KillingProvider(site, computer, boundaries))

    def program(self, what: What) -> ScriptedProgram:
        profile = "rocky-9" if what is What.SECOND else "ubuntu-24.04"
        return a_program(machines(profile=profile))

    # --- what there is ------------------------------------------------------------------------

    @property
    def pool(self) -> Pool:
        provider = self.sites(Boundaries(0), SystemClock()).provider(SITE)
        assert isinstance(provider, SimulatedProvider)
        return provider.pool

    def awake(self) -> set[str]:
        """Return the machines that are on, or would install themselves at their next start."""
        found = self.hardware()
        return {name for name, one in found.items() if one["is_on"] or one["boots_from_network"]}

    def hardware(self) -> Mapping[str, Mapping[str, Any]]:
        file = self.folder / "world.json.machines"
        found: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file.exists() else {}
        return found


class KillingSites(OpenSites):
    def __init__(self, settings: Settings, computer: Computer, provider: "KillingProvider") -> None:
        super().__init__(settings, computer)
        self._killing = provider

    def provider(self, name: str) -> object:
        assert name == SITE
        return self._killing


class KillingProvider(SimulatedProvider):
    """Each call that changes a machine has a boundary before it and one after it."""

    def __init__(self, site: Site, computer: Computer, boundaries: Boundaries) -> None:
        super().__init__(site, computer)
        self._boundaries = boundaries

    @property
    def pool(self) -> Pool:
        return cast("Pool", KillingPool(super().pool, self._boundaries))

    def prepare(self, wanted: Mapping[MachineName, tuple[Machine, Installation]]) -> None:
        self._boundaries.pass_one()
        super().prepare(wanted)
        self._boundaries.pass_one()

    def switch(self, machine: Machine, power: Power, *, lease: str = "") -> None:
        self._boundaries.pass_one()
        super().switch(machine, power, lease=lease)
        self._boundaries.pass_one()

    def clear(self, machine: Machine, *, lease: str) -> None:
        self._boundaries.pass_one()
        super().clear(machine, lease=lease)
        self._boundaries.pass_one()


class KillingPool:
    """The same for each transaction that changes who has what."""

    def __init__(self, inner: Pool, boundaries: Boundaries) -> None:
        self._inner = inner
        self._boundaries = boundaries

    def __getattr__(self, name: str) -> Callable[..., object]:
        method: Callable[..., object] = getattr(self._inner, name)
        return self._killing(method) if name in _WRITES else method

    def _killing(self, method: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            self._boundaries.pass_one()
            answer = method(*given, **named)
            self._boundaries.pass_one()
            return answer

        return call
