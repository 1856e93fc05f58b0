"""What a provider is asked in a run has all that is known of an object, and its time limits."""

from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.timeouts import Timeouts
from cloudmesh_iac.core.urns import ResourceType, name_of
from cloudmesh_iac.core.values import Properties, Secret
from cloudmesh_iac.engine.asks import (
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    ReadAsk,
    UpdateAsk,
    Updated,
)
from tests.lifecycle.script import STACK_THING, THING, ScriptedProgram, Thing, urn_of
from tests.lifecycle.world import FakeProvider, World, a_program

KIND = ResourceType(THING)
LIMITS = Options(
    timeouts=Timeouts(create_s=1.0, update_s=2.0, delete_s=3.0, read_s=4.0),
    ignore_changes=("at",),
    additional_secret_outputs=("address",),
)
HEAD = urn_of(Thing("head"), urn_of(STACK_THING))


@dataclass
class NotingProvider(FakeProvider):
    """Keeps the questions about changes as they were asked."""

    asks: list[object] = field(default_factory=list)

    def create(self, ask: CreateAsk) -> Created | Failure:
        self.asks.append(ask)
        return super().create(ask)

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        self.asks.append(ask)
        return super().update(ask)

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        self.asks.append(ask)
        return super().delete(ask)

    def taken(self) -> list[object]:
        found = list(self.asks)
        self.asks.clear()
        return found


@pytest.fixture
def things(world: World) -> NotingProvider:
    world.things = NotingProvider()
    return world.things


def head(size: int, image: int = 1) -> ScriptedProgram:
    return a_program(Thing("head", {"size": size, "image": image, "at": "here"}, options=LIMITS))


FIRST: Properties = {"size": 1, "image": 1, "at": "here"}
SECOND: Properties = {**FIRST, "size": 2}
THIRD: Properties = {**SECOND, "image": 2}
OUTPUTS: Properties = {"address": Secret("10.0.0.1")}


def test_each_change_is_asked_with_all_that_is_known(world: World, things: NotingProvider) -> None:
    # when
    asked = []
    for program in (head(1), head(2), head(2, 2)):
        world.up(program)
        asked.append(things.taken())
    world.destroy()
    asked.append(things.taken())

    # then
    assert asked[0] == [CreateAsk(HEAD, KIND, FIRST, 1.0)]
    assert asked[1] == [
        UpdateAsk(
            HEAD,
            KIND,
            "head#1",
            FIRST,
            {**FIRST, **OUTPUTS},
            SECOND,
            timeout_s=2.0,
            ignore_changes=("at",),
        )
    ]
    assert asked[2] == [
        CreateAsk(HEAD, KIND, THIRD, 1.0),
        DeleteAsk(HEAD, KIND, "head#1", SECOND, {**SECOND, **OUTPUTS}, timeout_s=3.0),
    ]
    second: Properties = {"address": Secret("10.0.0.2")}
    assert asked[3] == [DeleteAsk(HEAD, KIND, "head#2", THIRD, {**THIRD, **second}, timeout_s=3.0)]


@pytest.mark.parametrize("is_certain", [False, True])
def test_a_failure_closes_its_intent_only_if_nothing_can_have_happened(
    world: World, things: NotingProvider, *, is_certain: bool
) -> None:
    # given
    world.up(head(1))
    creation = world.record("head").creation
    for call in ("update", "delete"):
        things.faults[call, "head"] = Failure("no", is_certain=is_certain)

    # when
    world.up(head(2))
    after_update = world.snapshot().intents
    world.up(a_program())
    after_delete = world.snapshot().intents

    # then
    def left(*ops: Op) -> list[tuple[str, Op, int]]:
        return [] if is_certain else [("head", op, creation) for op in ops]

    def seen(intents: tuple[Intent, ...]) -> list[tuple[str, Op, int]]:
        return [(name_of(one.urn), one.op, one.creation) for one in intents]

    assert seen(after_update) == left(Op.UPDATE)
    assert seen(after_delete)[-1:] == left(Op.DELETE)


def test_a_thing_that_is_read_is_asked_for_by_its_id(world: World, things: NotingProvider) -> None:
    # given
    reads: list[ReadAsk] = []
    read = things.read

    def noting(ask: ReadAsk) -> object:
        reads.append(ask)
        return read(ask)

    things.made["i-7"] = {"size": 5}
    things.read = noting  # type: ignore[method-assign, assignment]

    # when
    world.up(a_program(Thing("head", {"size": 5}, read_id="i-7", options=LIMITS)))

    # then
    assert reads[0] == ReadAsk(HEAD, KIND, "i-7", {"size": 5}, {"size": 5})
    assert world.record("head").external
    assert world.record("head").id == "i-7"
    assert things.taken() == []
