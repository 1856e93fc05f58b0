"""What a plugin has made and nobody saw is looked for by the kind of site of its package."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import ResourceType, name_of
from cloudmesh_iac.core.values import Properties, Secret
from cloudmesh_iac.engine.abilities import FindsByToken, Search
from cloudmesh_iac.engine.asks import FindAsk, Found
from cloudmesh_iac.engine.provider_registry import Registry
from tests.lifecycle.plugins import FakePlugins
from tests.lifecycle.script import THING, Out, Thing
from tests.lifecycle.world import FakeProviders, World, a_program

PROGRAM = a_program(Thing("a", {"tag": "t1"}), Thing("b", {"at": Out("a"), "tag": "t2"}))


@dataclass
class FakeCloud:
    """Looks at what there is: by the input `tag`, else for what is equal. A FindsByToken."""

    things: dict[str, Properties]
    searches: dict[ResourceType, Search] = field(
        default_factory=lambda: {ResourceType(THING): Search.TOKEN}
    )
    asked: list[FindAsk] = field(default_factory=list)
    fault: Failure | None = None

    def search(self, ask: FindAsk) -> Search | Failure:
        return self.searches[ask.type] if "tag" in ask.inputs else Search.EQUAL

    def find(self, ask: FindAsk) -> Sequence[Found] | Failure:
        self.asked.append(ask)
        by_tag = "tag" in ask.inputs
        return self.fault or [
            Found(id_, inputs)
            for id_, inputs in self.things.items()
            if not by_tag or inputs.get("tag") == ask.inputs["tag"]
        ]


@pytest.fixture
def cloud(world: World) -> FakeCloud:
    """Return the kind that looks for the things of plugins, which cannot look themselves."""
    cloud, ids = FakeCloud(world.things.made), count(1)
    settings: dict[str, Properties] = {"test": {"region": Secret("east")}}
    world.providers = Registry(
        FakeProviders({}, set()),
        FakePlugins(world.things),
        configured=settings.get,
        new_id=lambda: f"id-{next(ids)}",
        finders=lambda package: cloud if package == "test" else None,
    )
    return cloud


def lose(world: World, *script: object, lost: str = "a") -> None:
    """Let the plugin make a thing, and its answer get lost."""
    world.things.silent.add(("create", lost))
    world.up(a_program(*script))
    world.things.silent.clear()
    world.things.did()


A = Thing("a", {"tag": "t1"})


def test_what_a_plugin_made_and_nobody_saw_is_taken_over(world: World, cloud: FakeCloud) -> None:
    # given
    lose(world, A)

    # when
    plan = world.preview(PROGRAM)
    outcome = world.up(PROGRAM, plan=plan)

    # then
    assert isinstance(cloud, FindsByToken)
    planned = {name_of(one.urn): (one.action, one.certain) for one in plan.changes if one.custom}
    assert planned["a"] == (Action.CREATE, False)
    assert not outcome.failed
    assert world.things.did() == [("create", "b")]
    assert world.record("a").id == "a#1"
    assert world.snapshot().intents == ()


def test_it_is_asked_with_the_configuration_of_the_plugin_in_clear(
    world: World, cloud: FakeCloud
) -> None:
    # given
    lose(world, A)

    # when
    world.up(a_program(A))

    # then
    (ask,) = cloud.asked
    assert ask.configuration == {"region": "east"}
    assert "east" not in repr(ask)
    assert ask.inputs["tag"] == "t1"


def test_what_is_not_there_is_made_once(world: World, cloud: FakeCloud) -> None:
    # given
    lose(world, A)
    world.things.made.clear()

    # when
    world.up(a_program(A))

    # then
    assert world.things.did("create") == [("create", "a")]
    assert len(world.things.made) == 1


def test_what_carries_no_token_is_looked_for_among_what_is_equal(
    world: World, cloud: FakeCloud
) -> None:
    # given
    thing = Thing("a", {"size": 1})
    lose(world, thing)
    world.things.made["a#z"] = {"size": 2}

    # when
    world.up(a_program(thing))

    # then
    assert world.record("a").id == "a#1"
    assert world.things.did("create") == []


def test_several_that_could_be_it_are_named(world: World, cloud: FakeCloud) -> None:
    # given
    lose(world, A)
    world.things.made["a#z"] = {"tag": "t1"}

    # when
    outcome = world.up(PROGRAM)

    # then
    (failed,) = outcome.failed
    assert failed.message.endswith("and it could be any of these: a#1, a#z")
    assert f"cmx state settle '{failed.urn}' ID" in failed.hint
    assert [name_of(one.urn) for one in outcome.skipped] == ["b"]


def test_a_type_that_the_kind_does_not_know_stops_and_names_the_command(
    world: World, cloud: FakeCloud
) -> None:
    # given
    lose(world, A)
    cloud.searches.clear()

    # when
    plan = world.preview(a_program(A))
    outcome = world.up(a_program(A), plan=plan)

    # then
    assert [one.action for one in plan.changes if one.type == THING] == [Action.UNDECIDED]
    (failed,) = outcome.failed
    assert failed.message.endswith("and nobody can look for it")
    assert "cmx state settle" in failed.hint
    assert world.things.did("create") == []


def test_a_cloud_that_does_not_answer_leaves_it_open(world: World, cloud: FakeCloud) -> None:
    # given
    lose(world, A)
    cloud.fault = Failure("the cloud does not answer")

    # when
    outcome = world.up(a_program(A))

    # then
    assert [one.message for one in outcome.failed] == ["the cloud does not answer"]
    assert len(world.snapshot().intents) == 1


def test_what_the_program_dropped_meanwhile_is_found_and_deleted(
    world: World, cloud: FakeCloud
) -> None:
    # given
    lose(world, A)

    # when
    outcome = world.up(a_program(Thing("c", {"tag": "t3"})))

    # then
    assert not outcome.failed
    assert list(world.things.made) == ["c#2"]
