"""A resource that got another name, parent or companion is still the same object."""

import pytest

from cloudmesh_iac.core.registrations import Alias, Options
from cloudmesh_iac.errors import ExperimentError
from tests.lifecycle.script import GROUP, Out, Thing
from tests.lifecycle.world import World, a_program, names


def was(name: str) -> Options:
    return Options(aliases=(Alias(name=name),))


def test_a_renamed_thing_is_neither_made_nor_deleted(world: World) -> None:
    # given
    world.up(a_program(Thing("old", {"size": 1})))
    created = world.record("old")
    world.things.did()

    # when
    outcome = world.up(a_program(Thing("new", {"size": 1}, options=was("old"))))

    # then
    assert world.things.did() == []
    assert outcome.failed == ()
    assert world.there() == ["new"]
    assert (world.record("new").id, world.record("new").order) == (created.id, created.order)


def test_a_renamed_thing_can_change_in_the_same_run(world: World) -> None:
    # given
    world.up(a_program(Thing("old", {"size": 1})))
    world.things.did()

    # when
    world.up(a_program(Thing("new", {"size": 2}, options=was("old"))))

    # then
    assert world.things.did() == [("update", "new")]
    assert world.there() == ["new"]


def test_a_renamed_thing_can_be_replaced_in_the_same_run(world: World) -> None:
    # given
    world.up(a_program(Thing("old", {"image": 1})))
    world.things.did()

    # when
    world.up(a_program(Thing("new", {"image": 2}, options=was("old"))))

    # then
    assert world.things.did() == [("create", "new"), ("delete", "old")]
    assert world.there() == ["new"]


def test_the_children_of_a_renamed_parent_come_with_it(world: World) -> None:
    # given
    world.up(
        a_program(
            Thing("old", type_=GROUP, custom=False), Thing("old-disk", {"size": 1}, parent="old")
        )
    )
    world.things.did()

    # when
    world.up(
        a_program(
            Thing("new", type_=GROUP, custom=False, options=was("old")),
            Thing("new-disk", {"size": 1}, parent="new"),
        )
    )

    # then
    assert world.things.did() == []
    assert world.there() == ["new", "new-disk"]


def test_a_preview_of_a_rename_has_nothing_to_ask(world: World) -> None:
    # given
    world.up(a_program(Thing("old", {"size": 1})))

    # when
    plan = world.preview(a_program(Thing("new", {"size": 1}, options=was("old"))))

    # then
    assert (plan.has_changes, plan.has_work) == (False, True)
    assert world.there() == ["old"]


def test_two_things_cannot_have_been_the_same(world: World) -> None:
    # given
    world.up(a_program(Thing("old")))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(
            a_program(Thing("first", options=was("old")), Thing("second", options=was("old")))
        )

    # then
    assert "'second'" in str(refused.value)
    assert "wants to be what" in str(refused.value)


def test_a_name_that_was_given_away_is_not_free(world: World) -> None:
    # given
    world.up(a_program(Thing("old")))

    # when
    with pytest.raises(ExperimentError) as refused:
        world.preview(a_program(Thing("new", options=was("old")), Thing("old")))

    # then
    assert "'old'" in str(refused.value)


def test_a_thing_goes_by_itself_with_what_it_is_deleted_with(world: World) -> None:
    # given
    world.up(a_program(Thing("host")))
    options = Options(deleted_with=world.record("host").urn)
    world.up(a_program(Thing("host"), Thing("disk", options=options)))
    world.things.did()

    # when
    outcome = world.destroy()

    # then
    assert world.things.did() == [("delete", "host")]
    assert sorted(names(outcome.removed)) == ["disk", "host"]


def test_another_trigger_asks_for_a_new_object(world: World) -> None:
    # given
    world.up(a_program(Thing("a", options=Options(replacement_trigger="monday"))))
    world.things.did()

    # when: the same trigger, then another
    world.up(a_program(Thing("a", options=Options(replacement_trigger="monday"))))
    same = world.things.did()
    world.up(a_program(Thing("a", options=Options(replacement_trigger="tuesday"))))

    # then
    assert same == []
    assert world.things.did() == [("create", "a"), ("delete", "a")]


def test_a_thing_is_replaced_with_its_companion(world: World) -> None:
    # given
    world.up(a_program(Thing("key", {"image": 1})))
    options = Options(replace_with=(world.record("key").urn,))
    world.up(a_program(Thing("key", {"image": 1}), Thing("door", needs=("key",), options=options)))
    world.things.did()

    # when
    world.up(a_program(Thing("key", {"image": 2}), Thing("door", needs=("key",), options=options)))

    # then
    assert sorted(world.things.did()) == [
        ("create", "door"),
        ("create", "key"),
        ("delete", "door"),
        ("delete", "key"),
    ]


def test_a_former_name_that_nothing_is_recorded_under_means_nothing(world: World) -> None:
    world.up(a_program(Thing("new", options=was("old"))))
    assert world.things.did() == [("create", "new")]


def test_a_renamed_thing_that_makes_room_takes_its_renamed_users_with_it(world: World) -> None:
    # given
    world.up(a_program(Thing("old", {"disk": 1}), Thing("user", {"image": Out("old")})))
    program = a_program(
        Thing("new", {"disk": 2}, options=was("old")),
        Thing("reader", {"image": Out("new")}, options=was("user")),
    )
    world.things.did()

    # when
    world.up(program)

    # then
    assert world.things.did() == [
        ("delete", "user"),
        ("delete", "old"),
        ("create", "new"),
        ("create", "reader"),
    ]
    assert world.there() == ["new", "reader"]
    assert not world.preview(program).has_work
