"""Plugins that serve the package of things, as far as the engine sees them: a fake in memory."""

from dataclasses import dataclass, field

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.core.values import Properties, has_unknown
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    ConfigureAsk,
    CreateAsk,
    Created,
    DiffAsk,
    Difference,
    InvokeAsk,
    Invoked,
    Refusal,
)
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.engine.instances import Instance
from tests.lifecycle.world import SeeingProvider


class FakeInstance(SeeingProvider):
    """One process; what it makes is known to all of them. Satisfies `engine.instances.Instance`.

    `refuses` maps names of provider resources to why they cannot be configured.
    """

    previews = False

    def __init__(self, plugins: "FakePlugins", package: Package) -> None:
        super().__init__(calls=plugins.calls, faults=plugins.things.faults)
        self.made, self.zone = plugins.things.made, plugins.things.zone
        self.silent = plugins.things.silent
        self.plugins = plugins
        self.package = package
        self.configuration: Properties | None = None
        self.is_closed = False

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        """With settings that are not known nobody is asked, as the port says."""
        return Checked(ask.news) if has_unknown(self.configuration or {}) else super().check(ask)

    def create(self, ask: CreateAsk) -> Created | Failure:
        assert not has_unknown(self.configuration or {}), "made with settings that nobody knows"
        return super().create(ask)

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return Checked(ask.news)

    def diff_config(self, ask: DiffAsk) -> Difference | Failure:
        has_moved = ask.old_inputs.get("region") != ask.news.get("region")
        return Difference(has_changes=None, replaces=("region",) if has_moved else ())

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        assert self.configuration is None, "a process is configured once"
        refusal = self.plugins.refuses.get(name_of(ask.urn))
        if refusal is None:
            self.configuration = ask.inputs
        return refusal

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        raise AssertionError(f"no program has a {ask.registration.type}")

    def call(self, ask: CallAsk) -> Called | Refusal | Failure:
        raise AssertionError(f"no program calls {ask.token}")

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        return Invoked({"region": (self.configuration or {}).get("region"), **ask.args})

    def close(self) -> None:
        self.is_closed = True


@dataclass
class FakePlugins:
    """Starts a process for each package that is loaded; satisfies `engine.instances.Packages`."""

    things: SeeingProvider
    started: list[FakeInstance] = field(default_factory=list)
    refuses: dict[str, Failure] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    @property
    def calls(self) -> list[tuple[str, str]]:
        return self.things.calls

    def load(self, package: Package) -> Instance | Failure:
        if str(package) in self.missing:
            return Failure(f"there is no plugin for {package}", "install it")
        instance = FakeInstance(self, package)
        self.started.append(instance)
        return instance

    def close(self) -> None:
        for instance in self.started:
            instance.close()

    def at_work(self) -> list[tuple[str, Properties | None]]:
        """Return the package and configuration of every process that was started and not ended."""
        return [(str(one.package), one.configuration) for one in self.started if not one.is_closed]
