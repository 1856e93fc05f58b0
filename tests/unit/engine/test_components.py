"""Plugins are asked for components and methods only while something may be begun."""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

import pytest

from cloudmesh_iac.core.callers import Caller
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import Refusal
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.engine.components import Components
from cloudmesh_iac.engine.serving import Serving
from cloudmesh_iac.errors import StackLocked
from cloudmesh_iac.store.refusals import taken_over
from tests.builders import STACK, a_registration, a_urn
from tests.lifecycle.plugins import FakeInstance, FakePlugins
from tests.lifecycle.world import FakeProvider

CALLER = Caller(STACK.project, STACK.name, monitor="", is_preview=False)
PROVIDER = f"{a_urn('east')}::id-1"


class Plugin(FakeInstance):
    """Says what it was asked for."""

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        self.calls.append(("construct", ask.registration.type))
        sources = {"of": (a_urn("inner"),)}
        return Constructed(ask.registration.urn, {"of": "x"}, dependencies=sources)

    def call(self, ask: CallAsk) -> Called | Refusal | Failure:
        self.calls.append(("call", ask.token))
        return Called({})


class OnePlugin:
    """Satisfies `Providers` and `HasProviderResources`."""

    def __init__(self, plugin: Plugin) -> None:
        self._plugin = plugin

    def provider(self, type_: ResourceType, reference: str = "") -> Plugin:
        return self._plugin

    def default_inputs(self, package: Package) -> Properties | Failure | None:
        return None

    def recall(self, records: Iterable[Record], *, is_preview: bool) -> None:
        """There is nothing to know."""

    def close(self) -> None:
        """Nothing was started."""


@dataclass
class Run:
    """Counts who is busy, and keeps what ended the run."""

    crashes: list[BaseException | None] = field(default_factory=list)
    failed: Future[str] = field(default_factory=Future)

    def began(self) -> None:
        """A worker is at work."""

    def ended(self) -> None:
        """It is not any more."""

    def crashed(self, error: BaseException | None) -> None:
        self.crashes.append(error)

    def fail(
        self, registration: Registration, why: Refusal | Failure, answer: Future[Registered]
    ) -> None:
        assert isinstance(why, Failure)
        self.failed.set_result(why.message)


def lost() -> None:
    raise taken_over(STACK)


@pytest.fixture
def plugin() -> Plugin:
    return Plugin(FakePlugins(FakeProvider()), Package("test"))


def components(plugin: Plugin, run: Run, hold: Callable[[], None]) -> Components:
    providers = OnePlugin(plugin)
    return Components(
        providers,
        Serving(providers, STACK, lambda _: Future(), provider_of=lambda _: ""),
        busy=run,
        provider_of=lambda _: PROVIDER,
        hold=hold,
        fail=run.fail,
    )


def test_a_plugin_is_asked_while_the_lock_is_held(plugin: Plugin) -> None:
    # given
    run, answer = Run(), Future[Registered]()
    ours = components(plugin, run, hold=lambda: None)

    # when
    ours.construct(replace(a_registration("whole"), provider=PROVIDER), answer)
    called = ours.call(CallAsk("test:index:grow", {}, CALLER, provider=PROVIDER))

    # then
    sources = {"of": (a_urn("inner"),)}
    assert answer.result(timeout=10) == Registered(
        a_urn("whole"), "", {"of": "x"}, dependencies=sources
    )
    assert called.result(timeout=10) == Called({})
    assert sorted(plugin.calls) == [
        ("call", "test:index:grow"),
        ("construct", a_registration("whole").type),
    ]
    assert run.crashes == []


def test_no_component_is_begun_without_the_lock_and_the_run_ends_by_it(plugin: Plugin) -> None:
    # given
    run = Run()
    ours = components(plugin, run, hold=lost)

    # when
    ours.construct(replace(a_registration("whole"), provider=PROVIDER), Future())

    # then
    assert run.failed.result(timeout=10) == "it could not be asked"
    assert plugin.calls == []
    assert [type(crash) for crash in run.crashes] == [StackLocked]


def test_no_method_is_called_without_the_lock(plugin: Plugin) -> None:
    # given
    run = Run()

    # when
    called = components(plugin, run, hold=lost).call(
        CallAsk("test:index:grow", {}, CALLER, provider=PROVIDER)
    )

    # then
    assert called.result(timeout=10) == Failure("it could not be asked")
    assert plugin.calls == []
    assert [type(crash) for crash in run.crashes] == [StackLocked]


def test_a_method_that_nobody_serves_is_a_failure_that_names_it(plugin: Plugin) -> None:
    # given
    run = Run()
    ours = components(plugin, run, hold=lambda: None)

    # when
    called = ours.call(CallAsk("test:index:grow", {}, CALLER))

    # then
    assert called.result(timeout=10) == Failure("nobody serves test:index:grow")
    assert (plugin.calls, run.crashes) == ([], [])
