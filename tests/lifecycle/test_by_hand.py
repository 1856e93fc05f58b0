"""A person says how something ended that nobody saw the end of."""

from dataclasses import replace

import pytest

from cloudmesh_iac.core.invariants import broken_invariants
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import Opened, UpdateKind, UpdateResult
from cloudmesh_iac.core.ops import Op
from cloudmesh_iac.core.records import Intent
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Secret
from cloudmesh_iac.engine.by_hand import Settlement, Word, settle
from cloudmesh_iac.errors import ExperimentError, StackLocked, UsageProblem
from tests.builders import STACK, a_holder, a_record, a_start, an_end
from tests.lifecycle.script import Out, ScriptedProgram, Thing, a_job, urn_of
from tests.lifecycle.world import BLIND, World, a_program

USED = a_program(Thing("a", {"size": 1}), Thing("b", {"at": Out("a")}))


def lose(world: World, call: str, name: str, *, program: ScriptedProgram) -> None:
    """Let a call happen, and its answer get lost."""
    world.things.silent.add((call, name))
    world.up(program)
    world.things.silent.clear()
    world.things.did()


def say(world: World, name: str, id_: str | None, *, creation: int | None = None) -> Settlement:
    (urn,) = {one.urn for one in world.snapshot().intents if one.urn.endswith(f"::{name}")} or {
        urn_of(Thing(name))
    }
    return settle(STACK, Word(urn, id_, creation), world.parts)


def assert_well(world: World) -> None:
    """Nothing is open, and the records are what the site has."""
    snapshot = world.snapshot()
    assert snapshot.intents == ()
    assert broken_invariants(snapshot) == ()
    ids = {one.id for one in snapshot.records if one.custom and not one.pending_replacement}
    assert ids == set(world.things.made)


# --- creates --------------------------------------------------------------------------------------


def test_what_is_there_is_taken_over_under_its_id(world: World) -> None:
    # given
    lose(world, "create", "a", program=USED)

    # when
    settlement = say(world, "a", "a#1")

    # then
    assert settlement is Settlement.ADOPTED
    assert world.record("a").outputs["address"] == "10.0.0.1"
    assert world.store.history(STACK)[-1].started.program == USED.path
    assert_well(world)
    world.up(USED)
    assert world.things.did() == [("create", "b")]


def test_what_was_never_made_is_made_by_the_next_run(world: World) -> None:
    # given
    world.things.faults[("create", "a")] = Failure("no answer", is_certain=False)
    world.up(USED)
    world.things.faults.clear()
    world.things.did()

    # when
    settlement = say(world, "a", None)

    # then
    assert settlement is Settlement.NEVER_MADE
    assert_well(world)
    world.up(USED)
    assert world.things.did() == [("create", "a"), ("create", "b")]
    assert world.record("a").creation == 2


def test_a_replacement_that_is_there_takes_the_place_of_the_old_object(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"image": 1})))
    lose(world, "create", "a", program=a_program(Thing("a", {"image": 2})))

    # when
    say(world, "a", "a#2")

    # then
    objects = [(one.id, one.doomed) for one in world.snapshot().records if one.custom]
    assert sorted(objects) == [("a#1", True), ("a#2", False)]
    world.up(a_program(Thing("a", {"image": 2})))
    assert world.things.did() == [("delete", "a")]
    assert_well(world)


def test_what_nobody_can_read_is_taken_over_as_it_was_wanted(world: World) -> None:
    # given
    program = a_program(Thing("a", {"word": Secret("x"), "size": 1}, type_=BLIND))
    lose(world, "create", "a", program=program)

    # when
    settlement = say(world, "a", "a#1")

    # then
    assert settlement is Settlement.ADOPTED_BLIND
    assert world.record("a").outputs == {"word": Secret("x"), "size": 1}
    world.up(program)
    assert world.things.did() == []


def test_an_id_that_nothing_has_is_refused(world: World) -> None:
    # given
    lose(world, "create", "a", program=USED)

    # when / then
    with pytest.raises(UsageProblem, match="there is nothing with the id a#9"):
        say(world, "a", "a#9")
    world.things.faults[("read", "a")] = Failure("no answer")
    with pytest.raises(ExperimentError, match="no answer"):
        say(world, "a", "a#1")
    assert len(world.snapshot().intents) == 1
    assert world.store.history(STACK)[-1].started.kind is UpdateKind.UP


# --- updates and deletes --------------------------------------------------------------------------


def test_what_was_being_updated_stays_as_recorded_and_is_updated_again(world: World) -> None:
    # given
    world.up(USED)
    changed = a_program(Thing("a", {"size": 2}), Thing("b", {"at": Out("a")}))
    lose(world, "update", "a", program=changed)

    # when
    with pytest.raises(UsageProblem, match="is recorded as a#1, not as a#2"):
        say(world, "a", "a#2")
    settlement = say(world, "a", "a#1")

    # then
    assert settlement is Settlement.KEPT
    assert_well(world)
    world.up(changed)
    assert world.things.did() == [("update", "a")]


def test_what_is_gone_is_forgotten_and_nothing_stands_on_it_any_more(world: World) -> None:
    # given
    world.up(USED)
    lose(world, "delete", "b", program=a_program(Thing("a", {"size": 1})))

    # when
    settlement = say(world, "b", None)

    # then
    assert settlement is Settlement.GONE
    assert world.there() == ["a"]
    assert_well(world)


def test_something_that_others_use_can_be_gone_too(world: World) -> None:
    # given
    world.up(USED)
    lose(
        world,
        "update",
        "a",
        program=a_program(Thing("a", {"size": 2}), Thing("b", {"at": Out("a")})),
    )
    del world.things.made["a#1"]

    # when
    say(world, "a", None)

    # then
    assert world.there() == ["b"]
    assert_well(world)


def test_what_made_room_is_still_followed_by_its_successor(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"disk": 1})))
    lose(world, "delete", "a", program=a_program(Thing("a", {"disk": 2})))

    # when
    settlement = say(world, "a", None)

    # then
    assert settlement is Settlement.GONE
    assert world.record("a").pending_replacement
    assert_well(world)
    world.up(a_program(Thing("a", {"disk": 2})))
    assert world.things.did() == [("create", "a")]


# --- what it is not for ---------------------------------------------------------------------------


def test_what_is_not_open_cannot_be_settled(world: World) -> None:
    # given
    world.up(USED)

    # when / then
    with pytest.raises(UsageProblem, match="nothing is open of"):
        say(world, "a", "a#1")


def test_what_waits_for_a_job_is_left_to_wait(world: World) -> None:
    # given
    world.clock.frozen = True
    world.up(a_program(a_job("pi")), patience_s=0)

    # when / then
    with pytest.raises(UsageProblem, match="waits for something that runs"):
        say(world, "pi", None)


def test_a_job_is_found_again_by_itself_and_not_by_its_id(world: World) -> None:
    # given
    submission, _ = a_job("pi")
    record = replace(a_record("pi"), urn=urn_of(submission), type=ResourceType(submission.type_))
    writing = world.store.write(world.snapshot(), a_start(), a_holder())
    writing.commit([Opened(Intent(record.urn, Op.CREATE, 1, record))])
    writing.close(an_end())

    # when / then
    with pytest.raises(UsageProblem, match="is a job"):
        say(world, "pi", "sim:1")
    assert say(world, "pi", None) is Settlement.NEVER_MADE


def test_with_two_objects_open_a_person_says_which(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"image": 1})))
    world.things.faults[("delete", "a")] = Failure("no answer", is_certain=False)
    world.up(a_program(Thing("a", {"image": 2})))
    del world.things.made["a#1"]
    new = world.snapshot().live()[urn_of(Thing("a"))]
    writing = world.store.write(world.snapshot(), a_start(), a_holder())
    writing.commit([Opened(Intent(new.urn, Op.UPDATE, 2, new))])
    writing.close(an_end())

    # when / then
    with pytest.raises(UsageProblem, match="several objects"):
        say(world, "a", None)
    assert say(world, "a", None, creation=1) is Settlement.GONE
    assert say(world, "a", "a#2", creation=2) is Settlement.KEPT
    assert_well(world)


def test_while_a_run_works_nothing_is_settled(world: World) -> None:
    # given
    lose(world, "create", "a", program=USED)
    writing = world.store.write(world.snapshot(), a_start(), a_holder(host="other"))

    # when / then
    with pytest.raises(StackLocked):
        say(world, "a", "a#1")
    writing.close(an_end())


def test_the_history_says_that_a_person_settled_it(world: World) -> None:
    # given
    lose(world, "create", "a", program=USED)

    # when
    say(world, "a", "a#1")

    # then
    entry = world.store.history(STACK)[-1]
    assert entry.started.kind is UpdateKind.SETTLE
    assert entry.ended is not None
    assert entry.ended.result is UpdateResult.DONE
    assert [str(one.action) for one in entry.ended.changes] == ["import"]
