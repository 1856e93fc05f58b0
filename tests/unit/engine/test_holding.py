"""What may be done without the lock of a stack, and what may not."""

from pathlib import Path

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, LiveJob, SiteName, Ticket
from cloudmesh_iac.core.urns import JOB_START_TYPE, ResourceType
from cloudmesh_iac.engine.asks import CheckAsk, CreateAsk, DeleteAsk, DiffAsk, UpdateAsk
from cloudmesh_iac.engine.holding import HeldProviders, HeldRemote
from cloudmesh_iac.engine.ports.providers import Provider
from cloudmesh_iac.errors import StackLocked
from cloudmesh_iac.store.refusals import taken_over
from tests.builders import STACK, a_ticket, a_urn
from tests.lifecycle.script import THING
from tests.lifecycle.world import SIM, World

URN, TYPE = a_urn("a", type_=THING), ResourceType(THING)


def lost() -> None:
    raise taken_over(STACK)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def thing(world: World) -> Provider:
    """A provider of things, for a run that has lost its lock."""
    found = HeldProviders(world.parts.providers, lost).provider(TYPE)
    assert not isinstance(found, Failure)
    return found


@pytest.fixture
def remote(world: World) -> HeldRemote:
    return HeldRemote(world.remote, lost)


def test_a_provider_is_asked_and_changes_nothing_without_the_lock(
    world: World, thing: Provider
) -> None:
    # when
    checked = thing.check(CheckAsk(URN, TYPE, {}, {"n": 1}, ""))
    difference = thing.diff(DiffAsk(URN, TYPE, "a#1", {"n": 1}, {"n": 1}, {"n": 2}))
    with pytest.raises(StackLocked):
        thing.create(CreateAsk(URN, TYPE, {"n": 1}))
    with pytest.raises(StackLocked):
        thing.update(UpdateAsk(URN, TYPE, "a#1", {"n": 1}, {"n": 1}, {"n": 2}))
    with pytest.raises(StackLocked):
        thing.delete(DeleteAsk(URN, TYPE, "a#1", {"n": 1}, {"n": 1}))

    # then
    assert not isinstance(checked, Failure)
    assert not isinstance(difference, Failure)
    assert world.things.calls == [("check", "a"), ("diff", "a")]


def test_why_there_is_no_provider_is_passed_on_and_so_is_the_end(world: World) -> None:
    providers = HeldProviders(world.parts.providers, lost)
    assert isinstance(providers.provider(ResourceType("no:index:Thing")), Failure)
    providers.close()


def test_a_site_is_looked_at_and_changes_nothing_without_the_lock(
    world: World, remote: HeldRemote
) -> None:
    # given
    ask = CreateAsk(URN, JOB_START_TYPE, {"site": str(SIM)})
    job = LiveJob("t1", "sim-1", "one", JobState.HELD)

    # then
    assert remote.role(JOB_START_TYPE) is world.remote.role(JOB_START_TYPE)
    assert remote.site(ask.inputs) == SIM
    assert remote.problem(SIM) is None
    assert remote.poll_after_s(SIM, 0) == world.remote.poll_after_s(SIM, 0)
    ticket = Ticket(SIM, "t1", "sim-1")
    assert set(remote.poll(SIM, [ticket])) == {ticket}
    assert isinstance(remote.ticket(ask), Failure)
    assert remote.live(SiteName("sim"), STACK) == []
    with pytest.raises(StackLocked):
        remote.start([ask])
    with pytest.raises(StackLocked):
        remote.confirm([])
    with pytest.raises(StackLocked):
        remote.collect(ask, a_ticket(), Done(JobState.COMPLETED))
    with pytest.raises(StackLocked):
        remote.cancel(SIM, [job])
    assert not {name for name, _ in world.scheduler.calls} & {"start", "confirm", "cancel"}
