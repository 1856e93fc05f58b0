"""What a kind knows of its plugin's package is said beside what the plugin says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.core.urns import ResourceType, make_urn
from cloudmesh_iac.engine.advising import AdvisedInstance, AdvisedPackages
from cloudmesh_iac.engine.asks import (
    ConfigureAsk,
    CreateAsk,
    Created,
    DiffAsk,
    Difference,
    UpdateAsk,
    Updated,
)
from tests.lifecycle.plugins import FakeInstance, FakePlugins
from tests.lifecycle.world import FakeProvider

THING = ResourceType("test:index:Thing")
URN = make_urn(stack="hello", project="lab", parent=None, type_=THING, name="red")
DIFF = DiffAsk(URN, THING, "red#1", {"image": "a"}, {"image": "a"}, {"image": "b"})


@dataclass
class Adviser:
    heard: list[str] = field(default_factory=list)

    def losses(self, ask: DiffAsk, difference: Difference) -> Sequence[str]:
        return [f"{key} of {ask.id} is lost" for key in difference.keys]

    def interrupts(self, ask: DiffAsk, difference: Difference) -> bool:
        return "image" in difference.keys

    def remedy(self, message: str) -> str:
        self.heard.append(message)
        return "buy more" if "full" in message else ""


class Answering(FakeInstance):
    """A plugin that answers what a test says."""

    answer: Created | Updated | Difference | Failure

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        assert isinstance(self.answer, Difference | Failure)
        return self.answer

    def create(self, ask: CreateAsk) -> Created | Failure:
        assert isinstance(self.answer, Created | Failure)
        return self.answer

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        assert isinstance(self.answer, Updated | Failure)
        return self.answer


@pytest.fixture
def plugin() -> Answering:
    return Answering(FakePlugins(FakeProvider()), Package("test"))


@pytest.fixture
def advised(plugin: Answering) -> AdvisedInstance:
    return AdvisedInstance(plugin, Adviser())


def test_what_a_change_loses_stands_beside_what_the_plugin_says(
    plugin: Answering, advised: AdvisedInstance
) -> None:
    plugin.answer = Difference(has_changes=True, keys=("image",), losses=("its name",))
    said = advised.diff(DIFF)
    assert isinstance(said, Difference)
    assert said.losses == ("its name", "image of red#1 is lost")
    assert said.interrupts


def test_what_interrupts_is_said_by_either(plugin: Answering, advised: AdvisedInstance) -> None:
    for interrupts in (True, False):
        plugin.answer = Difference(has_changes=True, keys=("size",), interrupts=interrupts)
        said = advised.diff(DIFF)
        assert isinstance(said, Difference)
        assert said.interrupts is interrupts


@pytest.mark.parametrize(
    "case",
    [
        (Failure("it is full"), "buy more"),
        (Failure("it is full", "empty it"), "empty it"),
        (Failure("it is broken"), ""),
    ],
    ids=["known", "the plugin knows better", "unknown"],
)
def test_an_error_gets_the_remedy_that_it_lacks(
    plugin: Answering, advised: AdvisedInstance, case: tuple[Failure, str]
) -> None:
    said, hint = case
    plugin.answer = said
    for answer in (
        advised.diff(DIFF),
        advised.create(CreateAsk(URN, THING, {})),
        advised.update(UpdateAsk(URN, THING, "red#1", {}, {}, {})),
    ):
        assert answer == Failure(said.message, hint)


def test_half_an_object_keeps_the_remedy_with_its_errors(
    plugin: Answering, advised: AdvisedInstance
) -> None:
    plugin.answer = Created("red#1", {}, init_errors=("the disk is full",))
    said = advised.create(CreateAsk(URN, THING, {}))
    assert isinstance(said, Created)
    assert said.init_errors == ("the disk is full", "buy more")


def test_what_works_is_left_as_it_is(plugin: Answering, advised: AdvisedInstance) -> None:
    plugin.answer = Created("red#1", {"a": 1})
    assert advised.create(CreateAsk(URN, THING, {})) == plugin.answer
    assert advised.configure(ConfigureAsk(URN, "an-id", {})) is None


class Echo:
    """A plugin that answers every question with the question."""

    def __getattr__(self, name: str) -> object:
        return lambda ask: ask


@pytest.mark.parametrize(
    "name",
    [
        *("check_config", "diff_config", "configure", "check", "create", "update", "delete"),
        *("read", "invoke", "construct", "call"),
    ],
)
def test_every_question_reaches_the_plugin_as_it_is(name: str) -> None:
    echo: Any = Echo()
    ask = object()
    assert getattr(AdvisedInstance(echo, Adviser()), name)(ask) is ask


def test_only_packages_that_somebody_knows_are_advised() -> None:
    # given
    plugins = FakePlugins(FakeProvider(), missing={"gone"})
    packages = AdvisedPackages(plugins, {"test": Adviser()}.get)

    # then
    assert isinstance(packages.load(Package("test")), AdvisedInstance)
    assert isinstance(packages.load(Package("other")), FakeInstance)
    assert isinstance(packages.load(Package("gone")), Failure)
    packages.close()
    assert plugins.at_work() == []
