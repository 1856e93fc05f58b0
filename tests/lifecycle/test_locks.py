"""A run acts only while the lock is its own, and stops when somebody asks it to."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.events import Noticed
from cloudmesh_iac.core.locks import Stop, StopRequest
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.component_asks import CallAsk
from cloudmesh_iac.engine.ports.program import Asked, Evaluation, Registrar, RunningProgram
from cloudmesh_iac.errors import ExitCode, StackLocked
from cloudmesh_iac.store.refusals import taken_over
from tests.builders import STACK
from tests.lifecycle.plugins import FakePlugins
from tests.lifecycle.script import ScriptedProgram, Thing, a_job
from tests.lifecycle.test_leaving import SWEEP, waits
from tests.lifecycle.world import World, a_program
from tests.unit.engine.test_components import CALLER, PROVIDER, OnePlugin, Plugin

# One after the other, so that nothing is under way when the lock goes.
OLD = a_program(
    Thing("a", {"n": 1}),
    Thing("b", {"image": "old"}, needs=("a",)),
    Thing("gone", needs=("b",)),
)
NEW = a_program(
    Thing("a", {"n": 2}),
    Thing("b", {"image": "new"}, needs=("a",)),
    Thing("new", needs=("b",)),
)


@pytest.mark.parametrize("nth", range(1, 10))
def test_whenever_the_lock_is_lost_nothing_is_begun_any_more(world: World, nth: int) -> None:
    # given: a create, an update, a replacement and two deletes
    world.up(OLD)
    plan = world.preview(NEW)
    world.things.did()
    done_by_then: list[tuple[str, str]] = []
    world.store.on_lost = lambda: done_by_then.extend(world.things.did())
    world.store.lost_after = nth

    # when
    with pytest.raises(StackLocked) as refused:
        world.up(NEW, plan=plan)

    # then
    assert refused.value.exit_code is ExitCode.LOCKED
    assert len(done_by_then) == nth // 2, "each change is a commit before and one after"
    assert world.things.did() == []


@pytest.mark.parametrize("nth", range(1, 6))
def test_a_destroy_that_loses_its_lock_deletes_nothing_more(world: World, nth: int) -> None:
    # given
    world.up(OLD)
    world.things.did()
    done_by_then: list[tuple[str, str]] = []
    world.store.on_lost = lambda: done_by_then.extend(world.things.did())
    world.store.lost_after = nth

    # when
    with pytest.raises(StackLocked):
        world.destroy()

    # then
    assert len(done_by_then) == nth // 2
    assert world.things.did() == []


@pytest.mark.parametrize(
    ("nth", "asked"), [(1, []), (2, []), (3, ["start"]), (4, ["start", "confirm"])]
)
def test_jobs_are_neither_started_nor_released_nor_collected_without_the_lock(
    world: World, nth: int, asked: list[str]
) -> None:
    # given
    world.store.lost_after = nth

    # when
    with pytest.raises(StackLocked):
        world.up(a_program(a_job("one")))

    # then
    assert [name for name, _ in world.scheduler.calls if name in {"start", "confirm"}] == asked
    assert not list(world.folder.rglob("result.json"))


def test_a_run_that_only_waits_ends_when_its_lock_is_lost(world: World) -> None:
    # given
    world.clock.frozen = True
    waiting = waits(world, 2)

    def lose_the_lock() -> bool:
        if waiting():
            ears = world.store.writer().ears
            assert ears is not None
            ears.lost(taken_over(STACK))
        return False

    world.clock.interrupt_when = lose_the_lock

    # when
    with pytest.raises(StackLocked) as refused:
        world.up(SWEEP)

    # then
    assert "taken over" in refused.value.message
    assert len(world.snapshot().open_waits()) == 2


@pytest.mark.parametrize("how", Stop)
def test_a_request_from_outside_does_what_ctrl_c_does(world: World, how: Stop) -> None:
    # given
    world.clock.frozen = True
    waiting = waits(world, 2)

    def ask() -> bool:
        if waiting():
            world.store.ask_to_stop(STACK, StopRequest(how, "bob", "login2"))
        return False

    world.clock.interrupt_when = ask

    # when
    outcome = world.up(SWEEP)

    # then
    assert outcome.is_interrupted
    assert world.interrupts == [how]
    assert Noticed("asked to stop by bob on login2") in world.events.told
    assert world.store.lock(STACK) is None


@pytest.mark.parametrize(
    ("work", "purpose"),
    [
        (lambda world: world.up(OLD), "cmx up"),
        (lambda world: world.destroy(), "cmx destroy"),
        (lambda world: world.refresh(), "cmx refresh"),
    ],
)
def test_a_lock_says_what_its_run_does(
    world: World, work: Callable[[World], object], purpose: str
) -> None:
    # given
    world.up(a_program(Thing("z")))
    seen: list[str] = []
    world.things.before = lambda *_: seen.extend(
        held.holder.purpose for held in [world.store.lock(STACK)] if held is not None
    )

    # when
    work(world)

    # then
    assert set(seen) == {purpose}


@dataclass
class Calling:
    """A program that calls a method of a plugin; `before` comes just before that."""

    before: Callable[[], object] = lambda: None
    path = "stacks/hello.py"
    digest = "d1"
    inner: ScriptedProgram = field(default_factory=a_program)

    def start(self, evaluation: Evaluation, registrar: Registrar) -> RunningProgram:
        self.before()
        registrar.call(CallAsk("test:index:grow", {}, CALLER, provider=PROVIDER))
        return self.inner.start(evaluation, registrar)

    def asked(self) -> Asked:
        return self.inner.asked()


def test_a_refresh_with_the_program_asks_no_plugin_without_the_lock(world: World) -> None:
    # given
    plugin, program = Plugin(FakePlugins(world.things), Package("test")), Calling()
    world.providers = OnePlugin(plugin)
    plan = world.plan_refresh_declared(program)
    world.refresh_declared(program, plan)
    assert plugin.calls == [("call", "test:index:grow")] * 2
    plan = world.plan_refresh_declared(program)
    plugin.calls.clear()
    program.before = world.store.steal

    # when
    with pytest.raises(StackLocked):
        world.refresh_declared(program, plan)

    # then
    assert plugin.calls == []
