"""Whenever a run breaks off, the next one knows what was started and starts nothing twice."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import pytest

from cloudmesh_iac.core.events import ChangeDone, Event
from cloudmesh_iac.core.jobs import Done, Failure, JobState, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.journal import UpdateResult
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import JOB_START_TYPE, type_of
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.errors import SiteRefused, StoreUnusable
from cloudmesh_iac.providers.batch.remote import JobRemote
from tests.builders import STACK
from tests.lifecycle.script import Thing, a_job
from tests.lifecycle.test_jobs import rerun
from tests.lifecycle.world import World, a_program

PROGRAM = a_program(a_job("one"), a_job("two"), a_job("three", needs=("one",)))


@pytest.mark.parametrize("nth", range(1, 16))
def test_a_full_disk_at_any_commit_starts_nothing_twice(world: World, nth: int) -> None:
    # given
    world.store.fails_at = nth
    with suppress(StoreUnusable):  # how many commits a run needs depends on how they group
        world.up(PROGRAM)
    world.store.fails_at = 0

    # when
    world.clock.advance(seconds=60)
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert sorted(job.start.request.point for job in world.scheduler.jobs) == [
        "one",
        "three",
        "two",
    ]
    assert {job.state for job in world.scheduler.jobs} == {JobState.COMPLETED}
    assert len(world.there()) == 6
    assert world.snapshot().intents == ()


@pytest.mark.parametrize("nth", range(1, 8))
def test_a_destroy_after_any_break_leaves_nothing_at_the_site(world: World, nth: int) -> None:
    # given
    world.store.fails_at = nth
    world.clock.frozen = True
    with suppress(StoreUnusable):
        world.up(PROGRAM, patience_s=0)
    world.store.fails_at = 0

    # when
    outcome = world.destroy()

    # then
    assert not outcome.failed
    assert outcome.left == ()
    assert all(job.state.has_ended for job in world.scheduler.jobs)
    assert world.snapshot().records == ()
    assert world.snapshot().intents == ()


def test_a_broken_answer_leaves_the_intent_and_the_next_run_finds_the_job(world: World) -> None:
    # given
    world.scheduler.lose_next_answer()
    first = world.up(a_program(a_job("one")))

    # when
    outcome = world.up(a_program(a_job("one")))

    # then
    assert [one.message for one in first.failed] == ["the connection broke before the answer"]
    assert not outcome.failed
    assert len(world.scheduler.jobs) == 1
    assert world.snapshot().intents == ()


def test_a_lost_job_that_nobody_wants_any_more_is_cancelled(world: World) -> None:
    # given
    world.scheduler.lose_next_answer()
    world.up(a_program(a_job("one"), Thing("a")))

    # when
    plan = world.preview(a_program(Thing("a")))
    world.up(a_program(Thing("a")), plan=plan)

    # then
    assert plan.has_work
    assert not plan.has_changes
    assert [job.state for job in world.scheduler.jobs] == [JobState.CANCELLED]
    assert world.snapshot().intents == ()


def test_a_lost_rerun_that_nobody_asks_for_again_is_cancelled(world: World) -> None:
    # given
    program = a_program(a_job("one"))
    world.up(program)
    world.scheduler.lose_next_answer()
    rerun(world, program, "one")

    # when
    world.up(program)

    # then
    assert [job.state for job in world.scheduler.jobs] == [JobState.COMPLETED, JobState.CANCELLED]
    assert world.snapshot().intents == ()


@pytest.mark.parametrize("nth", range(1, 5))
def test_a_run_that_breaks_off_says_so(world: World, nth: int) -> None:
    # given
    world.store.fails_at = nth

    # when
    with pytest.raises(StoreUnusable):
        world.up(PROGRAM)

    # then
    assert world.results() == [UpdateResult.FAILED]


class DeafRemote(JobRemote):
    """A site that says nothing about what lives there, or does not take a cancel."""

    says_what_lives = False

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        if self.says_what_lives:
            return super().live(site, stack)
        return Failure("sim does not answer", is_certain=False)

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        return Failure("sim does not cancel", is_certain=False)


@pytest.mark.parametrize("says_what_lives", [True, False])
def test_a_lost_job_on_a_site_that_does_not_answer_stays_known(
    world: World, *, says_what_lives: bool
) -> None:
    # given
    world.scheduler.lose_next_answer()
    world.up(a_program(a_job("one"), Thing("a")))
    deaf = DeafRemote(world.jobs)
    deaf.says_what_lives = says_what_lives
    hearing, world.remote = world.remote, deaf

    # when
    world.up(a_program(Thing("a")))
    destroyed = world.destroy()
    known = world.snapshot().intents
    world.remote = hearing
    world.destroy()

    # then
    assert len(known) == 1
    assert bool(destroyed.left) == says_what_lives
    assert [job.state for job in world.scheduler.jobs] == [JobState.CANCELLED]
    assert world.snapshot().intents == ()


class CrashingRemote(JobRemote):
    """An adapter with a bug in the method that is named."""

    at = ""

    def problem(self, site: SiteName) -> Failure | None:
        if self.at == "problem":
            return Failure("no job is taken on a login node", hint="name a site")
        return super().problem(site)

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        if self.at == "poll":
            raise LookupError("a bug")
        return super().poll(site, tickets)

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        if self.at == "start":
            raise LookupError("a bug")
        return super().start(asks)

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        if self.at == "collect":
            raise LookupError("a bug")
        if self.at == "no answer":
            return Failure("the files cannot be fetched", is_certain=False)
        return super().collect(ask, ticket, done)

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        if self.at == "confirm":
            return Failure("sim does not answer", is_certain=False)
        return super().confirm(created)

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        if self.at == "ticket":
            return Failure("it has no ticket to wait for")
        return super().ticket(ask)


@pytest.mark.parametrize("at", ["poll", "start", "collect"])
def test_a_bug_in_an_adapter_ends_the_run_instead_of_hanging_it(world: World, at: str) -> None:
    # given
    remote = CrashingRemote(world.jobs)
    remote.at = at
    good, world.remote = world.remote, remote

    # when
    with pytest.raises(LookupError):
        world.up(PROGRAM)
    world.remote = good
    outcome = world.up(PROGRAM)

    # then
    assert not outcome.failed
    assert len(world.scheduler.jobs) == 3


@pytest.mark.parametrize("at", ["no answer", "confirm", "ticket"])
def test_what_a_site_does_not_answer_is_done_by_the_next_run(world: World, at: str) -> None:
    # given
    remote = CrashingRemote(world.jobs)
    remote.at = at
    good, world.remote = world.remote, remote
    first = world.up(PROGRAM)
    world.remote = good

    # when
    outcome = world.up(PROGRAM)

    # then
    assert first.failed
    assert not outcome.failed
    assert len(world.scheduler.jobs) == 3
    assert world.snapshot().intents == ()


def test_a_store_with_a_bug_ends_the_run_instead_of_hanging_it(world: World) -> None:
    # given
    world.store.error = LookupError("a bug")
    world.store.fails_at = 1

    # when, then
    with pytest.raises(LookupError):
        world.up(PROGRAM)


def test_an_event_that_nobody_can_take_ends_the_run(world: World) -> None:
    # given
    def refuse(event: Event) -> None:
        if isinstance(event, ChangeDone) and type_of(event.urn) == JOB_START_TYPE:
            told.append(event)
            if len(told) == 2:  # its worker has started a group, and answered a part of it
                raise LookupError("a bug")

    told: list[Event] = []
    world.events.tell = refuse  # type: ignore[method-assign]

    # when, then
    with pytest.raises(LookupError):
        world.up(a_program(a_job("one"), a_job("two")))


def test_a_site_that_takes_nothing_stops_the_run_before_it_begins(world: World) -> None:
    # given
    remote = CrashingRemote(world.jobs)
    remote.at = "problem"
    world.remote = remote

    # when
    with pytest.raises(SiteRefused) as refused:
        world.up(a_program(Thing("a"), a_job("one")))

    # then
    assert (refused.value.message, refused.value.hint) == (
        "no job is taken on a login node",
        "name a site",
    )
    assert world.things.did() == []
    assert world.store.history(STACK) == ()


class LateRemote(JobRemote):
    """A site whose answer comes when nobody waits for it any more."""

    asked: threading.Event
    go_on: threading.Event
    answered: threading.Event

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        self.asked.set()
        assert self.go_on.wait(10)
        return LateAnswers(dict.fromkeys(tickets, Done(JobState.COMPLETED)), self.answered)


class LateAnswers(dict[Ticket, Waiting | Done | Failure]):
    """Says when all of them have been taken."""

    def __init__(self, answers: dict[Ticket, Done], taken: threading.Event) -> None:
        super().__init__(answers)
        self._taken = taken

    def items(self) -> Iterator[tuple[Ticket, Waiting | Done | Failure]]:  # type: ignore[override]
        yield from super().items()
        self._taken.set()


def test_an_answer_that_comes_after_the_run_changes_nothing(world: World) -> None:
    # given
    remote = LateRemote(world.jobs)
    remote.asked, remote.go_on, remote.answered = (threading.Event() for _ in range(3))
    world.remote = remote
    program = a_program(a_job("one"), Thing("slow", needs=("+one",)))
    world.things.before = lambda call, _: call != "create" or remote.asked.wait(10)

    # when
    outcome = world.up(program, patience_s=0)
    serial = world.snapshot().serial
    remote.go_on.set()

    # then
    assert remote.answered.wait(10)
    assert len(outcome.waiting) == 1
    assert world.snapshot().serial == serial
    assert len(world.snapshot().open_waits()) == 1
