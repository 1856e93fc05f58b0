"""What a run began and nobody saw the end of is settled by the next one."""

from datetime import timedelta

import pytest

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause
from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.core.urns import ResourceType, name_of
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.errors import ExperimentError, PlanBroken, StoreUnusable
from tests.builders import NOON
from tests.lifecycle.script import THING, Out, ScriptedProgram, Thing, a_job
from tests.lifecycle.world import BLIND, World, a_program, names

USED = a_program(Thing("a"), Thing("b", {"at": Out("a")}))
NO_ANSWER = Failure("no answer", is_certain=False)


def lose(world: World, lost: tuple[str, str], program: ScriptedProgram) -> None:
    """Let a call happen, and its answer get lost; the world is as it was afterwards."""
    world.things.silent.add(lost)
    world.up(program)
    world.things.silent.clear()
    world.things.did()
    world.events.told.clear()


def agree(world: World) -> bool:
    """Say whether the state knows exactly what is there, and nothing is open."""
    snapshot = world.snapshot()
    ids = sorted(one.id for one in snapshot.records if one.custom)
    return ids == sorted(world.things.made) and snapshot.intents == ()


def noticed(world: World) -> list[str]:
    return [event.text for event in world.events.told if isinstance(event, Noticed)]


# --- lost creates ---------------------------------------------------------------------------------


def test_what_was_made_and_not_recorded_is_taken_over(world: World) -> None:
    # given
    lose(world, ("create", "a"), USED)

    # when
    plan = world.preview(USED)
    serial = world.snapshot().serial
    outcome = world.up(USED, plan=plan)

    # then
    change = plan.by_urn()[world.record("a").urn]
    assert (change.action, change.certain) == (Action.CREATE, False)
    assert [(one.cause, one.note) for one in change.reasons] == [
        (
            Cause.UNSETTLED,
            "create or adopt (its creation began, and nobody saw the end of it)",
        )
    ]
    assert plan.base_serial == serial
    assert not outcome.failed
    assert world.things.did() == [("create", "b")]
    assert noticed(world) == [
        "a: its creation began, and nobody saw the end of it; found and taken over as a#1"
    ]
    assert world.record("a").outputs["address"] == "10.0.0.1"
    assert agree(world)


def test_what_was_not_made_is_made_under_its_number(world: World) -> None:
    # given
    world.things.faults[("create", "a")] = NO_ANSWER
    world.up(USED)
    world.things.faults.clear()

    # when
    outcome = world.up(USED)

    # then
    assert not outcome.failed
    assert world.record("a").creation == 1
    assert agree(world)


def test_what_was_taken_over_is_brought_to_what_the_program_says_now(world: World) -> None:
    # given
    lose(world, ("create", "a"), a_program(Thing("a", {"size": 1})))

    # when
    outcome = world.up(a_program(Thing("a", {"size": 2})))

    # then
    assert not outcome.failed
    assert world.things.did() == [("update", "a")]
    assert world.things.made == {"a#1": {"size": 2}}
    assert agree(world)


def test_what_was_taken_over_is_replaced_if_the_program_wants_another_by_now(world: World) -> None:
    # given
    lose(world, ("create", "a"), a_program(Thing("a", {"image": 1})))

    # when
    outcome = world.up(a_program(Thing("a", {"image": 2})))

    # then
    assert not outcome.failed
    assert world.things.made == {"a#2": {"image": 2}}
    assert agree(world)


@pytest.mark.parametrize("key", ["image", "disk"])
def test_a_lost_replacement_is_taken_over_and_the_old_object_goes(world: World, key: str) -> None:
    # given
    world.up(a_program(Thing("a", {key: 1})))
    lose(world, ("create", "a"), a_program(Thing("a", {key: 2})))

    # when
    outcome = world.up(a_program(Thing("a", {key: 2})))

    # then
    assert not outcome.failed
    assert ("create", "a") not in world.things.did()
    assert world.things.made == {"a#2": {key: 2}}
    assert world.record("a").creation == 2
    assert agree(world)


def test_a_lost_replacement_that_nobody_wants_any_more_is_deleted(world: World) -> None:
    # given
    program = a_program(Thing("a", {"image": 1}))
    world.up(program)
    lose(world, ("create", "a"), a_program(Thing("a", {"image": 2})))

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert [(one.action, one.certain) for one in plan.changes if one.custom] == [
        (Action.SAME, True),
        (Action.DELETE, False),
    ]
    assert not plan.has_changes, "nobody has to approve it"
    assert not outcome.failed
    assert world.things.did() == [("delete", "a")]
    assert world.things.made == {"a#1": {"image": 1}}
    assert agree(world)


@pytest.mark.parametrize("is_made", [True, False])
def test_a_lost_create_that_nobody_declares_any_more_is_deleted(
    world: World, *, is_made: bool
) -> None:
    # given
    lose(world, ("create", "a"), USED)
    if not is_made:
        del world.things.made["a#1"]

    # when
    plan = world.preview(a_program(Thing("c")))
    outcome = world.up(a_program(Thing("c")), plan=plan)

    # then
    assert [one.reasons[0].cause for one in plan.changes if one.action is Action.DELETE] == [
        Cause.UNSETTLED
    ]
    assert not outcome.failed
    assert world.there() == ["c"]
    assert agree(world)


def test_a_destroy_takes_away_what_was_made_and_not_recorded(world: World) -> None:
    # given
    lose(world, ("create", "a"), USED)

    # when
    outcome = world.destroy()

    # then
    assert not outcome.failed
    assert outcome.left == ()
    assert world.things.made == {}
    assert world.snapshot().records == ()
    assert world.snapshot().intents == ()


# --- what cannot be told --------------------------------------------------------------------------


def test_what_cannot_be_looked_for_stops_with_what_needs_it_and_the_rest_goes_on(
    world: World,
) -> None:
    # given
    world.things.searches["a"] = Search.NONE
    program = a_program(Thing("a"), Thing("b", {"at": Out("a")}), Thing("c", {"size": 1}))
    lose(world, ("create", "a"), a_program(Thing("a"), Thing("b", {"at": Out("a")})))

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    planned = {name_of(one.urn): one.action for one in plan.changes if one.custom}
    assert planned == {"a": Action.UNDECIDED, "b": Action.UNDECIDED, "c": Action.CREATE}
    (failed,) = outcome.failed
    assert failed.message == (
        "its creation began, and nobody saw the end of it, and nobody can look for it"
    )
    assert f"cmx state settle '{failed.urn}' ID" in failed.hint
    assert names(one.urn for one in outcome.skipped) == ["b"]
    assert world.there() == ["c"]
    assert len(world.snapshot().intents) == 1


def test_a_run_is_worth_it_if_all_that_is_left_cannot_be_told(world: World) -> None:
    # given
    world.things.searches["a"] = Search.NONE
    lose(world, ("create", "a"), a_program(Thing("a")))

    # when
    plan = world.preview(a_program(Thing("a")))

    # then
    assert plan.has_work
    assert not plan.has_changes


def test_several_candidates_are_named_and_none_is_taken(world: World) -> None:
    # given
    lose(world, ("create", "a"), a_program(Thing("a")))
    world.things.made["a#x"] = {}

    # when
    outcome = world.up(a_program(Thing("a")))

    # then
    (failed,) = outcome.failed
    assert failed.message.endswith("and it could be any of these: a#1, a#x")
    assert world.things.did() == []
    assert len(world.snapshot().intents) == 1


@pytest.mark.parametrize("call", ["find", "read"])
def test_a_provider_that_does_not_answer_leaves_everything_as_it_was(
    world: World, call: str
) -> None:
    # given
    lose(world, ("create", "a"), USED)
    world.things.faults[(call, "a")] = Failure("the network is down")

    # when
    outcome = world.up(USED)
    destroyed = world.destroy()
    world.things.faults.clear()
    after = world.up(USED)

    # then
    assert [(name, one.message) for one in outcome.failed for name in names([one.urn])] == [
        ("a", "the network is down")
    ]
    assert names(one.urn for one in outcome.skipped) == ["b"]
    assert [one.what.rpartition("(")[2] for one in destroyed.left] == ["the network is down)"]
    assert not after.failed
    assert agree(world)


def test_a_provider_that_cannot_say_how_it_looks_is_no_answer(world: World) -> None:
    # given
    lose(world, ("create", "a"), USED)
    world.things.searches["a"] = Failure("its class cannot be loaded")

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(USED)
    outcome = world.up(a_program())

    # then
    assert "its class cannot be loaded" in refused.value.message
    assert [one.message for one in outcome.failed] == ["its class cannot be loaded"]
    assert len(world.snapshot().intents) == 1


def test_a_stray_whose_provider_is_gone_stays_known(world: World) -> None:
    # given
    lose(world, ("create", "a"), USED)
    world.gone.add(ResourceType(THING))

    # when
    outcome = world.up(a_program())

    # then
    assert [one.message for one in outcome.failed] == ["its provider is gone"]
    assert len(world.snapshot().intents) == 1


def test_a_stray_that_nobody_can_look_for_fails_the_run(world: World) -> None:
    # given
    world.things.searches["a"] = Search.NONE
    lose(world, ("create", "a"), USED)

    # when
    outcome = world.up(a_program(Thing("c")))

    # then
    assert names(one.urn for one in outcome.failed) == ["a"]
    assert len(world.snapshot().intents) == 1


def test_what_is_equal_and_older_than_the_create_is_not_it(world: World) -> None:
    # given
    world.things.searches["a"] = Search.EQUAL
    world.things.made["a#old"] = {"size": 1}
    world.things.made_at["a#old"] = NOON - timedelta(days=1)
    world.things.made["a#other"] = {"size": 2}
    lose(world, ("create", "a"), a_program(Thing("a", {"size": 1})))

    # when
    outcome = world.up(a_program(Thing("a", {"size": 1})))

    # then
    assert not outcome.failed
    assert world.record("a").id == "a#1"


def test_what_a_record_holds_is_not_lost(world: World) -> None:
    # given
    program = a_program(Thing("a", options=Options(retain_on_delete=True)))
    world.up(program)
    world.things.faults[("create", "a")] = NO_ANSWER
    world.up(a_program(Thing("a", {"image": 1})))
    world.things.faults.clear()

    # when
    outcome = world.up(a_program(Thing("a", {"image": 1})))

    # then
    assert not outcome.failed
    assert world.record("a").id == "a#2"


# --- lost updates ---------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_lost_update_is_looked_at_and_compared_again(world: World, size: int) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    lose(world, ("update", "a"), a_program(Thing("a", {"size": 2})))
    program = a_program(Thing("a", {"size": size}))

    # when
    plan = world.preview(program)
    outcome = world.up(program, plan=plan)

    # then
    assert plan.by_urn()[world.record("a").urn].action is Action.UPDATE
    assert not outcome.failed
    assert world.things.did() == ([] if size == 2 else [("update", "a")])
    assert world.things.made == {"a#1": {"size": size}}
    assert world.record("a").inputs == {"size": size}
    assert agree(world)


def test_a_lost_update_that_nobody_can_look_at_is_done_once_more(world: World) -> None:
    # given
    small, large = (a_program(Thing("a", {"size": size}, type_=BLIND)) for size in (1, 2))
    world.up(small)
    lose(world, ("update", "a"), large)

    # when
    outcome = world.up(small)

    # then
    assert not outcome.failed
    assert world.things.did() == [("update", "a")]
    assert world.things.made == {"a#1": {"size": 1}}
    assert agree(world)


def test_a_lost_update_of_which_nobody_answers_stays_open(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    program = a_program(Thing("a", {"size": 2}))
    lose(world, ("update", "a"), program)
    world.things.faults["read", "a"] = Failure("the network is down")

    # when
    outcome = world.up(program)

    # then
    assert [one.message for one in outcome.failed] == ["the network is down"]
    assert world.things.did() == []
    assert len(world.snapshot().intents) == 1


def test_an_object_that_has_gone_meanwhile_needs_a_plan_that_says_so(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    program = a_program(Thing("a", {"size": 2}))
    lose(world, ("update", "a"), program)
    world.things.made.clear()

    # when
    with pytest.raises(PlanBroken):
        world.up(program)
    outcome = world.up(program)

    # then
    assert not outcome.failed
    assert world.record("a").creation == 2
    assert agree(world)


# --- lost deletes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_lost_delete_is_looked_at_before_it_is_repeated(world: World, *, is_gone: bool) -> None:
    # given
    world.up(a_program(Thing("a")))
    lose(world, ("delete", "a"), a_program())
    if not is_gone:
        world.things.made["a#1"] = {}

    # when
    outcome = world.up(a_program())

    # then
    assert not outcome.failed
    assert world.things.did() == ([] if is_gone else [("delete", "a")])
    assert agree(world)


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_was_dropped_and_is_declared_again_is_kept_or_made(
    world: World, *, is_gone: bool
) -> None:
    # given
    world.up(a_program(Thing("a")))
    lose(world, ("delete", "a"), a_program())
    if not is_gone:
        world.things.made["a#1"] = {}

    # when
    plan = world.preview(a_program(Thing("a")))
    outcome = world.up(a_program(Thing("a")), plan=plan)

    # then
    assert [(one.action, one.certain) for one in plan.changes if one.custom] == [
        (Action.CREATE, False)
    ]
    assert not outcome.failed
    assert world.things.did() == ([("create", "a")] if is_gone else [])
    assert agree(world)


def test_a_lost_delete_that_nobody_can_look_at_is_repeated(world: World) -> None:
    # given
    program = a_program(Thing("a", type_=BLIND))
    world.up(program)
    world.things.faults[("delete", "a")] = NO_ANSWER
    world.up(a_program())
    world.things.faults.clear()
    world.things.did()

    # when
    outcome = world.up(program)

    # then
    assert not outcome.failed
    assert world.things.did() == [("delete", "a"), ("create", "a")]
    assert agree(world)


def test_a_lost_delete_that_fails_when_it_is_repeated_stays_open(world: World) -> None:
    # given
    program = a_program(Thing("a", type_=BLIND))
    world.up(program)
    world.things.faults["delete", "a"] = NO_ANSWER
    world.up(a_program())

    # when
    outcome = world.up(program)

    # then
    assert [one.message for one in outcome.failed] == ["no answer"]
    assert world.there() == ["a"]
    assert len(world.snapshot().intents) == 1


def test_room_that_nobody_can_look_at_is_made_once_more(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"disk": 1}, type_=BLIND)))
    program = a_program(Thing("a", {"disk": 2}, type_=BLIND))
    world.things.faults["delete", "a"] = NO_ANSWER
    world.up(program)
    world.things.faults.clear()
    world.things.did()

    # when
    outcome = world.up(program)

    # then
    assert not outcome.failed
    assert world.things.did() == [("delete", "a"), ("create", "a")]
    assert agree(world)


@pytest.mark.parametrize("disk", [1, 2])
@pytest.mark.parametrize("is_gone", [True, False])
def test_an_object_that_may_have_made_room_is_looked_at(
    world: World, disk: int, *, is_gone: bool
) -> None:
    # given
    world.up(a_program(Thing("a", {"disk": 1})))
    lose(world, ("delete", "a"), a_program(Thing("a", {"disk": 2})))
    if not is_gone:
        world.things.made["a#1"] = {"disk": 1}

    # when
    outcome = world.up(a_program(Thing("a", {"disk": disk})))

    # then
    assert not outcome.failed
    assert [*world.things.made.values()] == [{"disk": disk}]
    assert agree(world)


def test_a_replaced_object_whose_deletion_got_lost_is_not_deleted_twice(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"image": 1})))
    program = a_program(Thing("a", {"image": 2}))
    lose(world, ("delete", "a"), program)

    # when
    outcome = world.up(program)

    # then
    assert not outcome.failed
    assert world.things.did() == []
    assert agree(world)


def test_a_look_settles_what_may_have_happened_to_an_object(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    lose(world, ("update", "a"), a_program(Thing("a", {"size": 2})))

    # when
    world.refresh()

    # then
    assert world.record("a").inputs == {"size": 2}
    assert world.snapshot().intents == ()


@pytest.mark.parametrize("nth", [2, 4])  # what is taken away is a result, then a job
def test_a_job_whose_deletion_nobody_saw_the_end_of_is_kept_if_it_is_declared_again(
    world: World, nth: int
) -> None:
    # given
    program = a_program(a_job("pi"))
    world.up(program)
    world.store.fails_at = nth
    with pytest.raises(StoreUnusable):
        world.destroy()
    world.store.fails_at = 0
    lost = world.snapshot().intents

    # when
    outcome = world.up(program)

    # then
    assert lost
    assert not outcome.failed
    assert len(world.scheduler.jobs) == 1
    assert world.snapshot().intents == ()


# --- looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_refresh_records_what_was_made(world: World, *, is_declared: bool) -> None:
    # given
    program = a_program(Thing("a", {"image": 1}))
    world.up(program)
    lose(world, ("create", "a"), a_program(Thing("a", {"image": 2})))

    # when
    refresh = world.plan_refresh_declared(program) if is_declared else None
    outcome = world.refresh_declared(program) if is_declared else world.refresh()

    # then
    assert refresh is None or refresh.has_work
    assert not outcome.failed
    assert [one.action for one in outcome.carried] == [Action.IMPORT]
    ids = {one.id: one.doomed for one in world.snapshot().records if one.custom}
    assert ids == {"a#1": True, "a#2": False}
    assert world.snapshot().intents == ()


def test_a_refresh_that_finds_nothing_leaves_the_create_to_the_next_run(world: World) -> None:
    # given
    world.things.faults[("create", "a")] = NO_ANSWER
    world.up(USED)
    world.things.faults.clear()

    # when
    outcome = world.refresh()
    (intent,) = world.snapshot().intents
    world.up(USED)

    # then
    assert not outcome.failed
    assert world.record("a").creation == intent.creation == 1
    assert agree(world)


def test_a_refresh_that_cannot_tell_says_so(world: World) -> None:
    # given
    world.things.searches["a"] = Search.NONE
    lose(world, ("create", "a"), USED)

    # when
    outcome = world.refresh()

    # then
    assert names(one.urn for one in outcome.failed) == ["a"]
    assert len(world.snapshot().intents) == 1


def test_a_destroy_with_the_program_takes_away_what_was_made_and_not_recorded(
    world: World,
) -> None:
    # given
    lose(world, ("create", "a"), USED)

    # when
    plan = world.plan_destroy_declared(USED)
    outcome = world.destroy_declared(USED, plan)

    # then
    assert [(one.action, one.certain) for one in plan.changes if one.custom] == [
        (Action.DELETE, False)
    ]
    assert outcome.left == ()
    assert world.things.made == {}
    assert world.snapshot().intents == ()


# --- new names ------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["update", "delete"])
def test_what_is_unsettled_is_found_under_its_former_name(world: World, call: str) -> None:
    # given
    world.up(a_program(Thing("a", {"size": 1})))
    program = a_program(Thing("a", {"size": 2})) if call == "update" else a_program()
    lose(world, (call, "a"), program)

    # when
    renamed = Options(aliases=(Alias(name="a"),))
    outcome = world.up(a_program(Thing("b", {"size": 2}, options=renamed)))

    # then
    assert not outcome.failed
    assert world.there() == ["b"]
    assert world.things.did() == ([] if call == "update" else [("create", "b")])
    assert agree(world)


def test_a_lost_create_of_a_former_name_is_deleted(world: World) -> None:
    # given
    lose(world, ("create", "a"), a_program(Thing("a")))

    # when
    renamed = Options(aliases=(Alias(name="a"),))
    outcome = world.up(a_program(Thing("b", options=renamed)))

    # then
    assert not outcome.failed
    assert world.things.did() == [("create", "b"), ("delete", "a")]
    assert agree(world)


def test_a_lost_replacement_takes_the_place_of_what_had_another_name(world: World) -> None:
    # given: it is renamed and replaced in one run, and the answer gets lost
    world.up(a_program(Thing("old", {"image": 1})))
    alias = Options(aliases=(Alias(name="old"),))
    new = a_program(Thing("new", {"image": 2}, options=alias))
    lose(world, ("create", "new"), new)

    # when
    world.up(new)

    # then
    assert world.there() == ["new"]
    assert world.things.did() == [("delete", "old")]
    assert agree(world)


def test_nobody_decides_what_a_provider_that_has_gone_may_have_made(world: World) -> None:
    # given
    lose(world, ("create", "a"), USED)
    world.gone.add(ResourceType(THING))

    # then
    with pytest.raises(ExperimentError) as refused:
        world.preview(USED)
    assert "a (stacks/hello.py:10): its provider is gone" in str(refused.value)
