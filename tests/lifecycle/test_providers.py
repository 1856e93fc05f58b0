"""Provider resources: who is started, configured and asked, and what happens when that fails."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import pytest

from cloudmesh_iac.core.invariants import broken_invariants
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.registrations import Options, Sought
from cloudmesh_iac.core.urns import ResourceType, name_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import InvokeAsk, Invoked
from cloudmesh_iac.engine.ports.program import Asked, Evaluation, Registrar, RunningProgram
from cloudmesh_iac.engine.provider_registry import Registry
from cloudmesh_iac.errors import ExperimentError
from tests.lifecycle.plugins import FakePlugins
from tests.lifecycle.script import DEADLINE_S, THING, Out, ScriptedProgram, Thing
from tests.lifecycle.world import FakeProviders, World, a_program

PROVIDER = "pulumi:providers:test"


def a_provider(name: str, region: str | Out = "east", *, version: str = "") -> Thing:
    return Thing(name, {"region": region}, type_=PROVIDER, options=Options(version=version))


def actions(plan: Plan) -> Mapping[str, Action]:
    return {name_of(one.urn): one.action for one in plan.changes if one.custom}


@dataclass(frozen=True)
class Asking:
    """A program that first asks for a function, and whether two things exist."""

    program: ScriptedProgram
    answers: list[object]
    path = "stacks/hello.py"
    digest = "d1"

    def start(self, evaluation: Evaluation, registrar: Registrar) -> RunningProgram:
        playing = self.program.start(evaluation, registrar)
        asked = InvokeAsk("test:index:where", {"size": 1}, version="1.0.0")
        self.answers.append(registrar.invoke(asked).result(DEADLINE_S))
        for id_ in ("i-1", "i-2"):
            sought = Sought(ResourceType(THING), id_, {}, version="1.0.0")
            self.answers.append(registrar.exists(sought).result(DEADLINE_S))
        return playing

    def asked(self) -> Asked:
        return self.program.asked()


@pytest.fixture
def settings() -> dict[str, Properties | Failure | None]:
    """Return the settings of packages, which a test may change."""
    return {"test": {"region": "home"}}


@pytest.fixture
def plugins(world: World, settings: dict[str, Properties | Failure | None]) -> FakePlugins:
    """Return the plugins that serve the things of the world."""
    plugins, ids = FakePlugins(world.things), count(1)
    world.providers = Registry(
        FakeProviders({}, set()),
        plugins,
        configured=settings.get,
        new_id=lambda: f"id-{next(ids)}",
    )
    return plugins


def test_one_default_provider_serves_all_things_of_a_version(
    world: World, plugins: FakePlugins
) -> None:
    # given
    old, new = Options(version="1.0.0"), Options(version="2.0.0-rc.1")
    script = [Thing(name, options=old) for name in "abc"] + [Thing("d", options=new)]

    # when
    world.up(a_program(*script))

    # then
    assert world.there() == ["a", "b", "c", "d", "default_1_0_0", "default_2_0_0_rc_1"]
    assert world.record("a").provider == world.record("b").provider
    newer = world.record("default_2_0_0_rc_1")
    assert world.record("d").provider == f"{newer.urn}::{newer.id}"
    used = {package for package, found in plugins.at_work() if found is not None}
    assert used == {"test 1.0.0", "test 2.0.0-rc.1"}


def test_the_default_provider_takes_the_settings_of_the_stack(
    world: World, plugins: FakePlugins, settings: dict[str, Properties | Failure | None]
) -> None:
    # given
    world.up(a_program(Thing("a")))

    # when
    settings["test"] = {"region": "away"}
    plan = world.preview(a_program(Thing("a")))

    # then
    assert world.record("default").inputs == {"region": "home"}
    assert plugins.at_work()[0] == ("test", {"region": "home"})
    assert actions(plan) == {"default": Action.REPLACE, "a": Action.REPLACE}
    (because,) = [one.reasons for one in plan.changes if name_of(one.urn) == "a"]
    assert [(reason.key, reason.urn) for reason in because] == [
        ("provider", world.record("default").urn)
    ]


def test_nobody_gets_a_default_provider_that_is_switched_off(
    world: World, plugins: FakePlugins, settings: dict[str, Properties | Failure | None]
) -> None:
    # given
    settings["test"] = Failure("the default provider of test is switched off")

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("a"), a_provider("p"), Thing("b", provider="p")))

    # then
    assert str(refused.value) == "a: the default provider of test is switched off"


def test_a_wrong_version_is_named(world: World, plugins: FakePlugins) -> None:
    with pytest.raises(ExperimentError, match="'newest' is not a version"):
        world.preview(a_program(Thing("a", options=Options(version="newest"))))
    with pytest.raises(ExperimentError, match="'newest' is not a version"):
        world.preview(a_program(a_provider("p", version="newest")))


def test_a_plugin_that_is_not_there_is_refused_once_and_named(
    world: World, plugins: FakePlugins
) -> None:
    # given
    plugins.missing = {"test"}

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("a"), Thing("b")))

    # then
    assert "there is no plugin for test" in str(refused.value)
    assert str(refused.value).count("there is no plugin") == 1


def test_a_preview_goes_on_without_a_configuration_and_a_run_does_not(
    world: World, plugins: FakePlugins
) -> None:
    # given
    program = a_program(a_provider("p"), Thing("a", provider="p"), Thing("b"))
    plugins.refuses["p"] = Failure("no password is given")

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert actions(plan)["a"] is Action.CREATE
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [
        ("p", "no password is given")
    ]
    assert [name_of(one.urn) for one in outcome.skipped] == ["a"]
    assert world.there() == ["b", "default"]


def test_a_provider_that_is_recorded_is_configured_again_for_a_run(
    world: World, plugins: FakePlugins
) -> None:
    # given
    world.up(a_program(a_provider("p"), Thing("a", provider="p")))
    program = a_program(a_provider("p"), Thing("a", {"size": 2}, provider="p"))
    plugins.close()
    world.providers = Registry(
        FakeProviders({}, set()), plugins, configured=lambda _: {}, new_id=lambda: "id-9"
    )
    plugins.refuses["p"] = Failure("no password is given")

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert actions(plan)["a"] is Action.UPDATE
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [
        ("a", "no password is given")
    ]


def test_a_destroy_starts_the_providers_of_the_state_and_takes_them_last(
    world: World, plugins: FakePlugins
) -> None:
    # given
    world.up(a_program(a_provider("p"), Thing("a", provider="p"), Thing("b")))
    plugins.close()
    plugins.started.clear()
    world.things.did()
    world.providers = Registry(
        FakeProviders({}, set()), plugins, configured=lambda _: {}, new_id=lambda: "id-9"
    )

    # when
    outcome = world.destroy()

    # then
    assert sorted(name for _, name in world.things.did("delete")) == ["a", "b"]
    assert {name_of(urn) for urn in outcome.removed[-2:]} == {"p", "default"}
    assert sorted(str(found) for _, found in plugins.at_work()) == [
        "{'region': 'east'}",
        "{'region': 'home'}",
    ]
    assert world.there() == []


def test_the_plan_and_the_run_share_one_process_where_nothing_of_it_changes(
    world: World, plugins: FakePlugins
) -> None:
    # given
    program = a_program(a_provider("p"), Thing("a", provider="p"))
    world.up(program)
    before = len(plugins.at_work())

    # when
    world.up(a_program(a_provider("p"), Thing("a", {"size": 2}, provider="p")))

    # then
    at_work = [found for _, found in plugins.at_work()[before:] if found is not None]
    assert at_work == []


def test_settings_that_are_not_known_yet_ask_the_plugin_nothing(
    world: World, plugins: FakePlugins
) -> None:
    # given
    program = a_program(
        Thing("net"),
        a_provider("p", Out("net")),
        Thing("a", {"size": 1}, provider="p"),
        Thing("b", {"to": Out("a")}, provider="p"),
    )

    # when
    plan = world.preview(program)
    asked = {name for _, name in world.things.did("check")}
    world.up(program, plan=plan)

    # then
    assert asked == {"net"}
    assert world.record("p").outputs == {"region": "10.0.0.1"}
    assert world.there() == ["a", "b", "default", "net", "p"]


def test_a_provider_that_stays_as_it_is_after_all_works_with_what_is_recorded(
    world: World, plugins: FakePlugins
) -> None:
    # given: nobody knows before whether the new net has another address
    def things(image: str, *more: Thing) -> ScriptedProgram:
        net = Thing("net", {"image": image})
        provider = Thing("p", {"owner": Out("net", "zone")}, type_=PROVIDER)
        return a_program(net, provider, *more)

    world.things.zone = "east"
    world.up(things("old", Thing("a", provider="p")))
    program = things("new", Thing("a", provider="p"), Thing("b", provider="p"))

    # when
    plan = world.preview(program)
    world.up(program, plan=plan)

    # then
    assert actions(plan)["p"] is Action.UPDATE
    assert world.record("p").outputs == {"owner": "east"}
    assert world.record("b").provider == world.record("a").provider


def test_one_process_checks_a_provider_and_serves_what_it_has_made(
    world: World, plugins: FakePlugins
) -> None:
    # given
    program = a_program(a_provider("p"), Thing("a", provider="p"))
    world.up(program)
    plugins.started.clear()
    world.providers = Registry(
        FakeProviders({}, set()), plugins, configured=lambda _: {}, new_id=lambda: "id-9"
    )

    # when
    world.preview(program)

    # then
    assert plugins.at_work() == [("test", {"region": "east"})]


def test_a_provider_goes_after_what_it_has_made_and_stays_with_what_cannot_go(
    world: World, plugins: FakePlugins
) -> None:
    # given
    world.up(a_program(a_provider("p"), Thing("a", provider="p")))
    world.things.faults["delete", "a"] = Failure("somebody is logged in")

    # when
    outcome = world.up(a_program())

    # then
    assert [name_of(one.urn) for one in outcome.failed] == ["a"]
    assert [name_of(one.urn) for one in outcome.skipped] == ["p"]
    assert world.there() == ["a", "p"]

    # when
    del world.things.faults["delete", "a"]
    world.up(a_program())

    # then
    assert world.there() == []


def test_functions_and_questions_are_answered_by_the_default_provider(
    world: World, plugins: FakePlugins
) -> None:
    # given
    answers: list[object] = []
    world.things.made["i-1"] = {}
    program = a_program(Thing("a"))

    # when
    world.up(Asking(program, answers))

    # then
    assert answers[:3] == [Invoked({"region": "home", "size": 1}), True, False]
    assert world.there() == ["a", "default", "default_1_0_0"]


def test_a_part_of_something_has_its_provider(world: World, plugins: FakePlugins) -> None:
    # given
    east = a_provider("east")
    part = Thing("part", parent="whole")
    program = a_program(east, Thing("whole", provider="east"), part)

    # when
    world.up(program)

    # then
    assert world.record("part").provider == world.record("whole").provider
    assert world.there() == ["east", "part", "whole"]


def test_a_refresh_with_the_program_moves_nothing_to_a_provider_that_is_not_there(
    world: World, plugins: FakePlugins
) -> None:
    # given
    east = a_provider("east")
    world.up(a_program(east, Thing("a", provider="east")))
    before = world.record("a").provider

    # when
    world.refresh_declared(a_program(east, Thing("a")))

    # then
    assert world.record("a").provider == before
    assert broken_invariants(world.snapshot()) == ()


def test_a_refresh_with_the_program_records_nothing_that_is_read_through_an_unrecorded_provider(
    world: World, plugins: FakePlugins
) -> None:
    # given: nothing of it was ever applied
    world.things.made["i-1"] = {"size": 1}
    program = a_program(Thing("a", read_id="i-1"), Thing("b", {"to": Out("a", "size")}))

    # when
    world.refresh_declared(program)
    seen = world.there()
    world.up(program)

    # then: the fixture sees that nothing stands on what is not recorded
    assert seen == []
    assert world.there() == ["a", "b", "default"]
    assert world.record("b").inputs == {"to": 1}
