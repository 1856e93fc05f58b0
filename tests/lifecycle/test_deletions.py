"""What goes when the program does not declare it any more, and what stays all the same."""

import pytest

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause
from cloudmesh_iac.core.registrations import Options
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import ExperimentError, ProgramFailed
from tests.lifecycle.script import Error, Out, ScriptedProgram, Thing
from tests.lifecycle.world import World, a_program, names

CHAIN = (Thing("a"), Thing("b", {"to": Out("a")}), Thing("c", needs=("b",)))


def test_what_is_dropped_goes_dependents_first(world: World) -> None:
    # given
    world.up(a_program(*CHAIN))
    world.things.did()

    # when
    plan = world.preview(a_program())
    outcome = world.up(a_program(), plan=plan)

    # then
    listed = [change for change in plan.changes if change.action is Action.DELETE]
    assert names(change.urn for change in listed) == ["c", "b", "a"]
    assert {change.reasons[0].cause for change in listed} == {Cause.DROPPED}
    assert world.things.did() == [("delete", "c"), ("delete", "b"), ("delete", "a")]
    assert names(outcome.removed) == ["c", "b", "a"]
    assert world.there() == []


def test_what_a_failed_deletion_depends_on_stays_and_is_named(world: World) -> None:
    # given
    world.up(a_program(*CHAIN, Thing("other")))
    world.things.faults[("delete", "b")] = Failure("it is in use", is_certain=True)

    # when
    outcome = world.up(a_program())

    # then
    assert sorted(names(outcome.removed)) == ["c", "other"]
    assert [(name_of(one.urn), one.message) for one in outcome.failed] == [("b", "it is in use")]
    assert {name_of(one.urn): name_of(one.because) for one in outcome.skipped} == {"a": "b"}
    assert world.there() == ["a", "b"]
    assert world.snapshot().intents == ()


def test_an_uncertain_deletion_leaves_its_intent_and_is_repeated(world: World) -> None:
    # given
    world.up(a_program(Thing("a")))
    world.things.faults[("delete", "a")] = Failure("no answer", is_certain=False)
    world.up(a_program())
    left = world.snapshot().intents
    world.things.faults.clear()

    # when
    world.up(a_program())

    # then
    assert names(intent.urn for intent in left) == ["a"]
    assert world.there() == []
    assert world.snapshot().intents == ()


def test_a_program_that_ends_with_an_error_deletes_nothing(world: World) -> None:
    # given
    world.up(a_program(Thing("a"), Thing("b")))
    world.things.did()
    plan = world.preview(a_program(Thing("a")))

    # when
    with pytest.raises(ProgramFailed):
        world.up(a_program(Thing("a"), Error(after=("a",))), plan=plan)

    # then
    assert world.things.did() == []
    assert world.there() == ["a", "b"]


def test_a_preview_of_a_program_that_ends_with_an_error_is_no_plan(world: World) -> None:
    with pytest.raises(ProgramFailed):
        world.preview(a_program(Thing("a"), Error()))


def test_what_was_done_before_an_error_is_recorded(world: World) -> None:
    # given
    plan = world.preview(a_program(Thing("a"), Thing("b", {"to": Out("a")})))

    # when
    with pytest.raises(ProgramFailed):
        world.up(a_program(Thing("a"), Error(after=("a",))), plan=plan)

    # then
    assert world.there() == ["a"]


def test_the_old_object_of_an_error_run_goes_with_the_next_run(world: World) -> None:
    # given
    world.up(a_program(Thing("a", {"image": 1})))
    changed = Thing("a", {"image": 2})
    plan = world.preview(a_program(changed))
    with pytest.raises(ProgramFailed):
        world.up(a_program(changed, Error(after=("a",))), plan=plan)
    doomed = [record.id for record in world.snapshot().doomed()]
    world.things.did()

    # when
    plan = world.preview(a_program(changed))
    world.up(a_program(changed), plan=plan)

    # then
    assert doomed == ["a#1"]
    assert plan.has_work
    assert not plan.has_changes
    assert world.things.did() == [("delete", "a")]
    assert list(world.things.made) == ["a#2"]


def test_behind_a_failure_only_what_an_apply_declared_is_kept(world: World) -> None:
    # given
    world.up(a_program(Thing("a"), Thing("gone"), Thing("z")))
    behind = Thing("behind", appears_with=Out("a"))
    world.up(a_program(Thing("a"), Thing("gone"), Thing("z"), behind))
    world.things.faults[("update", "a")] = Failure("no")
    changed = a_program(Thing("a", {"size": 2}), Thing("z"), behind)
    world.things.did()

    # when
    plan = world.preview(changed)
    outcome = world.up(changed, plan=plan)

    # then
    assert names(one.urn for one in outcome.failed) == ["a"]
    assert world.things.did("delete") == [("delete", "gone")]
    assert world.there() == ["a", "behind", "z"]


def test_what_an_apply_declared_is_undecided_while_its_value_is_unknown(world: World) -> None:
    # given
    behind = Thing("behind", appears_with=Out("a"))
    world.up(a_program(Thing("a", {"image": 1})))
    world.up(a_program(Thing("a", {"image": 1}), behind))
    changed = a_program(Thing("a", {"image": 2}), behind)
    world.things.did()

    # when
    plan = world.preview(changed)
    world.up(changed, plan=plan)

    # then
    (line,) = [change for change in plan.changes if name_of(change.urn) == "behind"]
    assert line.action is Action.UNDECIDED
    assert world.things.did() == [("create", "a"), ("delete", "a")]
    assert world.there() == ["a", "behind"]


def test_what_the_plan_left_undecided_is_kept_by_its_run(world: World) -> None:
    # given
    behind = Thing("behind", appears_with=Out("a"))
    world.up(a_program(Thing("a", {"image": 1})))
    world.up(a_program(Thing("a", {"image": 1}), behind))
    changed = a_program(Thing("a", {"image": 2}))

    # when
    world.up(changed)
    kept = world.there()
    world.up(changed)

    # then
    assert kept == ["a", "behind"]
    assert world.there() == ["a"]


def test_what_is_to_be_retained_is_forgotten_and_not_deleted(world: World) -> None:
    # given
    world.up(a_program(Thing("a", options=Options(retain_on_delete=True))))
    world.things.did()

    # when
    plan = world.preview(a_program())
    world.up(a_program(), plan=plan)

    # then
    assert [change.action for change in plan.changes if change.custom] == [Action.FORGET]
    assert world.things.did() == []
    assert world.there() == []
    assert list(world.things.made) == ["a#1"]


def test_a_protected_thing_is_not_deleted_when_it_is_dropped(world: World) -> None:
    # given
    world.up(a_program(Thing("a", options=Options(protect=True)), Thing("b")))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("b")))

    # then
    assert "a (stacks/hello.py:10): it is protected and would be deleted" in str(refused.value)


def test_a_protected_thing_is_not_destroyed(world: World) -> None:
    # given
    world.up(a_program(Thing("a", options=Options(protect=True)), Thing("b")))
    world.things.did()

    # when
    with pytest.raises(ExperimentError):
        world.destroy()

    # then
    assert world.things.did() == []


def test_a_thing_that_is_protected_no_more_is_deleted_by_the_next_run(world: World) -> None:
    # given
    world.up(a_program(Thing("a", options=Options(protect=True))))
    world.up(a_program(Thing("a")))

    # when
    world.up(a_program())

    # then
    assert world.there() == []


def test_nothing_goes_that_an_unfinished_thing_still_stands_on(world: World) -> None:
    # given
    world.up(a_program(Thing("a"), Thing("b", {"to": Out("a")}), Thing("c", {"to": Out("b")})))
    world.things.faults[("update", "c")] = Failure("no")
    world.things.did()

    # when
    outcome = world.up(a_program(Thing("c", {"to": "elsewhere"})))

    # then
    assert world.things.did("delete") == []
    assert world.there() == ["a", "b", "c"]
    skipped = {name_of(one.urn): name_of(one.because) for one in outcome.skipped}
    assert skipped == {"a": "c", "b": "c"}


def test_a_replaced_thing_stays_until_what_stands_on_it_has_moved(world: World) -> None:
    # given
    def written(image: int) -> ScriptedProgram:
        return a_program(Thing("a", {"image": image}), Thing("b", {"to": Out("a")}))

    world.up(written(1))
    world.things.faults[("update", "b")] = Failure("no")
    world.up(written(2))
    kept = list(world.things.made)
    world.things.faults.clear()
    world.things.did()

    # when
    world.up(written(2))

    # then
    assert kept == ["a#1", "b#2", "a#3"]
    assert world.things.did() == [("update", "b"), ("delete", "a")]
    assert list(world.things.made) == ["b#2", "a#3"]


def test_an_old_thing_that_came_to_depend_on_a_new_one_goes_first(world: World) -> None:
    # given
    world.up(a_program(Thing("base"), Thing("head"), Thing("tail", needs=("base",))))
    world.up(
        a_program(Thing("base"), Thing("tail", needs=("base",)), Thing("head", needs=("tail",)))
    )
    world.things.did()

    # when
    world.destroy()

    # then
    assert world.things.did() == [("delete", "head"), ("delete", "tail"), ("delete", "base")]
