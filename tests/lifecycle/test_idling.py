"""Wait for what earlier runs have started: without the program, as long as nothing has ended."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.jobs import Failure, JobState, SiteName, Ticket
from cloudmesh_iac.core.journal import UpdateResult
from cloudmesh_iac.engine.ports.providers import Remote
from tests.lifecycle.script import ScriptedProgram, Thing, a_job
from tests.lifecycle.world import World, a_program, names

SWEEP = (*(job for n in (8, 16) for job in a_job(f"pi/n={n}")), Thing("beside"))


def let_go(world: World) -> ScriptedProgram:
    """Come to the point where two jobs run and nobody waits for them."""
    program = a_program(*SWEEP)
    world.clock.frozen = True
    world.up(program, patience_s=0)
    world.scheduler.calls.clear()
    world.things.did()
    program.evaluations.clear()
    return program


def kinds_of(program: ScriptedProgram) -> list[bool]:
    """Say of each evaluation whether it was for a plan."""
    return [one.is_preview for one in program.evaluations]


def test_while_nothing_ends_the_program_is_not_carried_out(world: World) -> None:
    # given
    program = let_go(world)

    # when
    outcome = world.up(program, patience_s=0)

    # then
    assert kinds_of(program) == [True]
    assert names(job.urn for job in outcome.waiting) == ["pi/n=8", "pi/n=16"]
    assert {job.state for job in outcome.waiting} == {JobState.RUNNING}
    assert len(world.asked("poll")) == 1
    assert set(names(one.urn for one in outcome.carried)) == {"beside", "pi/n=16", "pi/n=8"}
    assert outcome.behind == ()
    assert not outcome.is_interrupted
    assert world.results() == [UpdateResult.WAITING, UpdateResult.WAITING]
    assert len(world.snapshot().open_waits()) == 2


def test_as_soon_as_something_ends_the_program_goes_on(world: World) -> None:
    # given
    program = let_go(world)
    world.clock.frozen = False

    # when
    outcome = world.up(program)

    # then
    assert kinds_of(program) == [True, False]
    assert outcome.waiting == ()
    assert not outcome.failed
    assert world.asked("start") == []
    assert world.snapshot().intents == ()


def test_ctrl_c_while_it_waits_leaves_the_jobs_as_they_are(world: World) -> None:
    # given
    program = let_go(world)
    world.clock.interrupt_when = lambda: len(world.asked("poll")) > 0

    # when
    outcome = world.up(program)

    # then
    assert outcome.is_interrupted
    assert kinds_of(program) == [True]
    assert len(outcome.waiting) == 2
    assert len(world.snapshot().open_waits()) == 2
    assert world.results()[-1] is UpdateResult.INTERRUPTED


def test_something_else_to_do_is_done_by_the_program(world: World) -> None:
    # given
    let_go(world)
    program = a_program(*SWEEP, Thing("new"))

    # when
    outcome = world.up(program, patience_s=0)

    # then
    assert kinds_of(program) == [True, False]
    assert world.things.did() == [("create", "new")]
    assert len(outcome.waiting) == 2


class OtherRemote:
    """A remote of which a test replaces some answers."""

    def __init__(self, inner: Remote) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


class SilentRemote(OtherRemote):
    def poll(self, site: SiteName, tickets: Sequence[Ticket]) -> Mapping[Ticket, Failure]:
        del site
        return dict.fromkeys(tickets, Failure("the controller does not answer"))


class AttendedRemote(OtherRemote):
    def is_attended(self, type_: object) -> bool:
        del type_
        return True


class BrokenRemote(OtherRemote):
    def poll(self, site: SiteName, tickets: Sequence[Ticket]) -> Mapping[Ticket, Failure]:
        raise ValueError("no such answer")


def test_a_site_that_does_not_answer_is_named_and_holds_nobody(world: World) -> None:
    # given
    program = let_go(world)
    world.remote = cast("Remote", SilentRemote(world.remote))

    # when
    outcome = world.up(program, patience_s=0)

    # then
    assert kinds_of(program) == [True]
    assert Noticed("sim: the controller does not answer") in world.events.told
    assert len(outcome.waiting) == 2


def test_what_needs_somebody_to_go_on_is_carried_out(world: World) -> None:
    # given
    program = let_go(world)
    world.clock.frozen = False
    world.remote = cast("Remote", AttendedRemote(world.remote))

    # when
    world.up(program)

    # then
    assert kinds_of(program) == [True, False]


def test_an_answer_that_breaks_us_ends_the_run_with_it(world: World) -> None:
    # given
    program = let_go(world)
    world.remote = cast("Remote", BrokenRemote(world.remote))

    # then
    with pytest.raises(ValueError, match="no such answer"):
        world.up(program)
    assert len(world.snapshot().open_waits()) == 2
