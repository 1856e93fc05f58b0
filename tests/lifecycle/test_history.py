"""What stands in the history about a run, however it ended."""

import pytest

from cloudmesh_iac.core.history import Origin
from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.journal import HistoryEntry, UpdateResult
from cloudmesh_iac.core.urns import name_of
from cloudmesh_iac.errors import PlanBroken
from tests.builders import STACK
from tests.lifecycle.script import Out, Thing, a_job
from tests.lifecycle.world import World, a_program


def newest(world: World) -> HistoryEntry:
    return world.store.history(STACK)[-1]


def changes(world: World) -> list[tuple[str, str, str]]:
    ended = newest(world).ended
    assert ended is not None
    return [(name_of(one.urn), str(one.action), str(one.end)) for one in ended.changes]


def test_each_change_of_a_run_stands_in_its_entry(world: World) -> None:
    # given
    world.up(a_program(Thing("a"), Thing("b", {"image": 1}), Thing("gone")))

    # when
    world.up(a_program(Thing("a"), Thing("b", {"image": 2}), Thing("new")))

    # then
    assert sorted(changes(world)) == [
        ("b", "replace", "done"),
        ("gone", "delete", "done"),
        ("new", "create", "done"),
    ]


def test_what_failed_and_what_was_skipped_for_it_is_said(world: World) -> None:
    # given
    world.things.faults[("create", "a")] = Failure("no room")

    # when
    world.up(a_program(Thing("a"), Thing("b", {"to": Out("a")}), Thing("c")))

    # then
    assert sorted(changes(world)) == [
        ("a", "create", "failed"),
        ("b", "create", "skipped"),
        ("c", "create", "done"),
    ]


def test_a_job_that_is_left_waits(world: World) -> None:
    # given
    world.clock.frozen = True

    # when
    world.up(a_program(a_job("pi")), patience_s=0)

    # then
    assert ("pi", "create", "waiting") in changes(world)
    ended = newest(world).ended
    assert ended is not None
    assert ended.result is UpdateResult.WAITING


def test_a_destroy_lists_what_it_took_away(world: World) -> None:
    # given
    world.up(a_program(Thing("a"), Thing("b")))

    # when
    world.destroy()

    # then
    assert sorted(changes(world)) == [("a", "delete", "done"), ("b", "delete", "done")]


def test_a_run_that_breaks_off_says_what_it_had_done(world: World) -> None:
    # given
    plan = world.preview(a_program(Thing("a")))

    # when
    with pytest.raises(PlanBroken):
        world.up(a_program(Thing("a"), Thing("b", {"to": Out("a")})), plan=plan)

    # then
    assert ("a", "create", "done") in changes(world)
    assert newest(world).ended is not None
    assert world.results() == [UpdateResult.FAILED]


def test_the_head_of_an_entry_says_from_which_program_and_plan_it_came(world: World) -> None:
    # given
    world.origin = Origin("abc", is_dirty=True, copy="d1", files={"hello.py": "print(1)"})

    # when
    world.up(a_program(Thing("a")))

    # then
    started = newest(world).started
    assert started.origin == Origin("abc", is_dirty=True, copy="d1")
    assert world.store.program_copy(STACK, "d1") == {"hello.py": "print(1)"}


def test_the_duration_is_that_of_a_clock_that_nobody_sets(world: World) -> None:
    # given
    began = world.clock.monotonic_s()

    # when
    world.up(a_program(a_job("pi")))

    # then
    ended = newest(world).ended
    assert ended is not None
    assert 0 < ended.duration_s <= world.clock.monotonic_s() - began
