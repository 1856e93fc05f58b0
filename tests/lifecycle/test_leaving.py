"""Leave a run while jobs go on, by Ctrl-C or by patience, and come back to the same jobs."""

from collections.abc import Callable

import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.journal import UpdateResult
from cloudmesh_iac.core.plans import Cause
from cloudmesh_iac.core.urns import name_of
from tests.lifecycle.script import Out, ScriptedProgram, Thing, a_job
from tests.lifecycle.world import World, a_program, names

SWEEP = a_program(*(a_job(f"pi/n={n}") for n in (8, 16)), Thing("tail", needs=("pi/n=8",)))


def let_go(world: World) -> None:
    """Come to the point where two jobs run and nobody waits for them."""
    world.clock.frozen = True
    world.up(SWEEP, patience_s=0)
    world.clock.frozen = False
    world.scheduler.calls.clear()


def waits(world: World, count: int) -> Callable[[], bool]:
    return lambda: len(world.snapshot().open_waits()) == count


def test_patience_lets_go_of_jobs_and_says_what_goes_on(world: World) -> None:
    # given
    world.clock.frozen = True

    # when
    outcome = world.up(SWEEP, patience_s=0)

    # then
    assert names(job.urn for job in outcome.waiting) == ["pi/n=8", "pi/n=16"]
    assert {job.state for job in outcome.waiting} == {JobState.QUEUED}
    assert names(outcome.behind) == ["tail"]
    assert not outcome.is_interrupted
    assert len(world.snapshot().open_waits()) == 2
    assert world.results() == [UpdateResult.WAITING]


def test_a_run_stays_as_long_as_its_patience(world: World) -> None:
    # when
    outcome = world.up(SWEEP, patience_s=3600)

    # then
    assert outcome.waiting == ()
    assert world.there() == ["pi/n=16", "pi/n=16", "pi/n=8", "pi/n=8", "tail"]


def test_ctrl_c_lets_the_jobs_go_on_and_the_next_run_waits_for_the_same(world: World) -> None:
    # given
    world.clock.frozen = True
    world.clock.interrupt_when = waits(world, 2)

    # when
    outcome = world.up(SWEEP)
    world.clock.frozen = False
    tickets = [intent.ticket for intent in world.snapshot().intents]
    again = world.up(SWEEP)

    # then
    assert outcome.is_interrupted
    assert len(outcome.waiting) == 2
    assert not again.is_interrupted
    assert again.waiting == ()
    assert len(world.asked("start")) == 1
    assert {world.job_id(name) for name in ("pi/n=8", "pi/n=16")} == {
        ticket.remote_id for ticket in tickets if ticket
    }
    assert world.snapshot().intents == ()


def test_ctrl_c_writes_its_end_into_the_history(world: World) -> None:
    # given
    world.clock.frozen = True
    world.clock.interrupt_when = waits(world, 2)

    # when
    world.up(SWEEP)

    # then
    assert world.results() == [UpdateResult.INTERRUPTED]


def test_ctrl_c_lets_what_runs_end_and_starts_nothing_more(world: World) -> None:
    # given
    program = a_program(Thing("a"), Thing("b", {"to": Out("a")}), Thing("c", {"to": Out("b")}))
    plan = world.preview(program)
    pressed: list[str] = []

    def press(call: str, name: str) -> None:
        if (call, name) == ("create", "b"):
            pressed.append(name)
            world.clock.until(lambda: world.clock.interrupt_when is None)

    world.things.before = press
    world.clock.interrupt_when = lambda: bool(pressed)

    # when
    outcome = world.up(program, plan=plan)

    # then
    assert outcome.is_interrupted
    assert names(one.urn for one in outcome.carried) == ["a", "b"]
    assert world.there() == ["a", "b"]


def test_a_second_ctrl_c_ends_the_run_without_its_sum(world: World) -> None:
    # given
    pressed: list[str] = []

    def press_twice(call: str, _: str) -> None:
        if call == "create":
            pressed.append(call)
            world.clock.until(lambda: world.clock.interrupt_when is None)
            world.clock.interrupt_when = lambda: True
            world.clock.until(lambda: world.clock.interrupt_when is None)

    plan = world.preview(a_program(Thing("slow")))
    world.things.before = press_twice
    world.clock.interrupt_when = lambda: bool(pressed)

    # when
    with pytest.raises(KeyboardInterrupt):
        world.up(a_program(Thing("slow")), plan=plan)

    # then
    assert world.there() == ["slow"]
    assert world.preview(a_program(Thing("slow"))).has_work is False


def test_ctrl_c_in_a_preview_ends_it(world: World) -> None:
    # given
    world.clock.interrupt_when = lambda: True
    world.things.before = lambda *_: world.clock.until(lambda: world.clock.interrupt_when is None)

    # when
    with pytest.raises(KeyboardInterrupt):
        world.preview(a_program(Thing("a")))

    # then
    assert world.snapshot().serial == 0


def test_what_was_let_go_is_resumed_without_a_question(world: World) -> None:
    # given
    let_go(world)

    # when
    plan = world.preview(SWEEP)
    outcome = world.up(SWEEP, plan=plan)

    # then
    resumed = [change for change in plan.changes if change.is_resumed]
    assert names(change.urn for change in resumed) == ["pi/n=8", "pi/n=16"]
    assert {change.reasons[0].cause for change in resumed} == {Cause.RESUMED}
    assert not outcome.failed
    assert world.asked("start") == []
    assert world.snapshot().intents == ()


def test_it_can_be_let_go_again_and_again(world: World) -> None:
    # given
    let_go(world)
    world.clock.frozen = True

    # when
    outcome = world.up(SWEEP, patience_s=0)

    # then
    assert len(outcome.waiting) == 2
    assert world.asked("start") == []
    assert len(world.snapshot().open_waits()) == 2


def test_a_replacement_that_was_let_go_is_resumed_too(world: World) -> None:
    # given
    program = a_program(a_job("pi"))
    world.up(program)
    changed = a_program(a_job("pi", "false"))
    world.clock.frozen = True
    world.up(changed, patience_s=0)
    world.clock.frozen = False
    world.scheduler.calls.clear()

    # when
    outcome = world.up(changed)

    # then
    assert not outcome.failed
    assert world.asked("start") == []
    assert world.snapshot().intents == ()
    assert not list(world.snapshot().doomed())


def test_a_job_that_is_dropped_while_it_runs_is_cancelled_and_forgotten(world: World) -> None:
    # given
    let_go(world)

    # when
    world.up(a_program(a_job("pi/n=8"), Thing("tail", needs=("pi/n=8",))))

    # then
    assert [len(tokens) for tokens in world.asked("cancel")] == [1]
    assert world.there() == ["pi/n=8", "pi/n=8", "tail"]
    assert world.snapshot().intents == ()
    assert [name_of(job.urn) for job in world.status()] == ["pi/n=8"]


def test_what_stands_behind_a_job_that_runs_again_is_left_as_it_is(world: World) -> None:
    # given
    def written(command: str, image: int) -> ScriptedProgram:
        tail = Thing("tail", {"was": Out("pi", "state"), "to": Out("base")})
        return a_program(Thing("base", {"image": image}), a_job("pi", command), tail, Thing("old"))

    world.up(written("true", 1))
    changed = a_program(*(one for one in written("false", 2).script if one != Thing("old")))
    world.things.did()
    world.clock.frozen = True

    # when
    outcome = world.up(changed, patience_s=0)
    left = world.things.did()
    world.clock.frozen = False
    world.up(changed)

    # then
    assert names(job.urn for job in outcome.waiting) == ["pi"]
    assert names(outcome.behind) == ["tail"]
    assert left == [("create", "base"), ("delete", "old")]
    assert world.things.did() == [("update", "tail"), ("delete", "base")]
    assert world.there() == ["base", "pi", "pi", "tail"]
