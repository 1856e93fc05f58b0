"""The plugin room with the scripted plugin in it, and questions about its things."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cloudmesh_iac.core.events import Event, LogLine
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package, provider_type
from cloudmesh_iac.core.urns import ResourceType, Urn, make_urn
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    ConfigureAsk,
    CreateAsk,
    DeleteAsk,
    DiffAsk,
    InvokeAsk,
    ReadAsk,
    UpdateAsk,
)
from cloudmesh_iac.plugins.finding import Places
from cloudmesh_iac.plugins.instance import PluginInstance
from cloudmesh_iac.plugins.packages import Around, PluginPackages
from cloudmesh_iac.plugins.schemas import SchemaShelf
from cloudmesh_iac.settings.computer import this_computer
from tests.rigs.scripted.program import install
from tests.rigs.scripted.script import PACKAGE, VARIABLE, VERSION, Script, ScriptFolder

THING = ResourceType("test:index:Thing")
SEED = "5eed" * 16
TEST = Package(PACKAGE, VERSION)


@dataclass
class Room:
    """A `PluginPackages` over a folder of plugins; `told` are the events."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    attached: Mapping[str, int] = field(default_factory=dict)
    at_once: int | None = None
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.script = ScriptFolder(self.folder / "script")
        self.script.write(Script())
        install(self.plugins)
        ours = {**this_computer().environment, VARIABLE: str(self.script.folder)}
        self.packages = PluginPackages(
            Places(folders=[self.plugins], attached=self.attached),
            Around(
                {**ours, **self.environment},
                ours,
                self.folder,
                sys.executable,
                SchemaShelf(self.folder / "schemas"),
                self.at_once,
            ),
            events=self,
            fetch=lambda package: Failure(f"the plugin {package} is not here"),
        )

    @property
    def plugins(self) -> Path:
        return self.folder / "plugins"

    def tell(self, event: Event) -> None:
        self.told.append(event)

    def lines(self, level: str) -> list[str]:
        """Return the log lines of a level."""
        return [one.text for one in self.told if isinstance(one, LogLine) and one.level == level]

    def refused(self, package: Package = TEST) -> Failure:
        """Load a plugin that does not start."""
        answer = self.packages.load(package)
        assert isinstance(answer, Failure)
        return answer

    def started(self) -> PluginInstance:
        """Return the plugin, running and not configured."""
        answer = self.packages.load(TEST)
        assert isinstance(answer, PluginInstance), answer
        return answer

    def ready(self, config: Properties | None = None) -> PluginInstance:
        """Return the plugin, configured."""
        instance = self.started()
        assert instance.configure(configuring(config or {})) is None
        return instance


@contextmanager
def a_room(folder: Path, attached: Mapping[str, int] | None = None) -> Iterator[Room]:
    room = Room(folder, attached=attached or {})
    try:
        yield room
    finally:
        room.packages.close()


def urn_of(name: str = "a", type_: ResourceType = THING) -> Urn:
    return make_urn(stack="hello", project="lab", parent=None, type_=type_, name=name)


PROVIDER = urn_of("default_1_2_3", provider_type(PACKAGE))


def configuring(config: Properties) -> ConfigureAsk:
    return ConfigureAsk(PROVIDER, "an-id", config)


def checking(news: Properties, olds: Properties | None = None, *, name: str = "a") -> CheckAsk:
    return CheckAsk(urn_of(name), THING, olds or {}, news, SEED)


def checking_config(news: Properties) -> CheckAsk:
    return CheckAsk(PROVIDER, provider_type(PACKAGE), {}, news, SEED)


def differing(olds: Properties, news: Properties, *, ignore: tuple[str, ...] = ()) -> DiffAsk:
    return DiffAsk(urn_of(), THING, "a#1", olds, olds, news, ignore)


def differing_config(olds: Properties, news: Properties) -> DiffAsk:
    return DiffAsk(PROVIDER, provider_type(PACKAGE), "an-id", olds, olds, news)


def creating(
    inputs: Properties, *, timeout_s: float | None = None, is_preview: bool = False
) -> CreateAsk:
    return CreateAsk(urn_of(), THING, inputs, timeout_s, is_preview=is_preview)


def updating(
    olds: Properties, news: Properties, *, timeout_s: float | None = None, is_preview: bool = False
) -> UpdateAsk:
    return UpdateAsk(urn_of(), THING, "a#1", olds, olds, news, timeout_s, is_preview=is_preview)


def deleting(outputs: Properties, *, inputs: Properties | None = None) -> DeleteAsk:
    return DeleteAsk(urn_of(), THING, "a#1", inputs or {}, outputs)


def reading(outputs: Properties, *, inputs: Properties | None = None) -> ReadAsk:
    return ReadAsk(urn_of(), THING, "a#1", inputs or {}, outputs)


def calling(name: str, args: Properties) -> InvokeAsk:
    return InvokeAsk(f"{PACKAGE}:index:{name}", args)
