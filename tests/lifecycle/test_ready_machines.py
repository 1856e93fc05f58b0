"""Virtual machines that have to answer before they count as ready: waited for without a worker."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.jobs import JobState
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause
from cloudmesh_iac.core.urns import REACH_TYPE, name_of, type_of
from cloudmesh_iac.engine import writing
from cloudmesh_iac.engine.remotes import Remotes
from cloudmesh_iac.errors import SiteUnreachable
from cloudmesh_iac.providers.batch.remote import JobRemote
from cloudmesh_iac.providers.reach.greetings import GREETS, Heard, Place
from cloudmesh_iac.providers.reach.handlers import ReachHandler
from cloudmesh_iac.providers.reach.reaching import Reaching
from cloudmesh_iac.providers.reach.remote import ReachRemote
from tests.lifecycle.script import Out, Thing, Written
from tests.lifecycle.world import JumpingClock, World, a_program, names

CLOUD = "cloud"
ASLEEP = Heard(greets=False, words="the connection was refused", advice="look at its console")
LIMIT_S = 300.0
ENDLESS_S = 1e9


@dataclass
class Machines:
    """They answer `boot_s` after the world began, and not before so many are asked for at once."""

    clock: JumpingClock
    boot_s: float = 60.0
    together: int = 1
    dead: set[str] = field(default_factory=set)
    asked: list[int] = field(default_factory=list)

    def ask(self, places: Sequence[Place]) -> Mapping[Place, Heard]:
        self.asked.append(len(places))
        self.together = 1 if len(places) >= self.together else self.together
        is_up = self.clock.monotonic_s() >= self.boot_s and self.together == 1
        return {one: GREETS if is_up and one.address not in self.dead else ASLEEP for one in places}


@pytest.fixture
def machines(world: World) -> Machines:
    return Machines(world.clock)


@pytest.fixture
def lab(world: World, machines: Machines) -> World:
    """A world whose machines boot by themselves, at a site that is asked for nothing else."""
    reaching = Reaching(world.clock, ask=machines.ask)
    world.remote = Remotes(ReachRemote(reaching), JobRemote(world.jobs))
    return world


def a_machine(
    number: int = 0, *, limit_s: float = LIMIT_S, site: str | None = CLOUD
) -> tuple[Thing, Thing]:
    """Return a machine, called `+vm0`, and the wait until it answers, `vm0`."""
    name = f"vm{number}"
    made = Thing(name, {"number": number}, key=f"+{name}")
    said: dict[str, Written] = {} if site is None else {"site": site}
    asked: dict[str, Written] = {
        **said,
        "machine": Out(made.key, "id"),
        "address": f"10.1.0.{number}",
        "port": 22,
        "limit_s": limit_s,
    }
    return made, Thing(name, asked, type_=REACH_TYPE)


def reached(lab: World) -> list[str]:
    """Return the ids of the machines that have answered."""
    return sorted(one.id for one in lab.snapshot().live().values() if one.type == REACH_TYPE)


def test_thirty_machines_that_boot_at_once_hold_no_worker(
    lab: World, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(writing, "WORKERS", 2)
    machines.together = 30

    # when
    outcome = lab.up(a_program(*map(a_machine, range(30))))

    # then
    assert not outcome.failed
    assert len(reached(lab)) == 30
    assert max(machines.asked) == 30


def test_a_run_that_would_come_back_at_once_stays_until_they_answer(lab: World) -> None:
    # when
    outcome = lab.up(a_program(a_machine()), patience_s=0.0)

    # then
    assert not outcome.waiting
    assert reached(lab) == ["10.1.0.0:22"]
    assert lab.clock.monotonic_s() >= 60


def test_what_uses_an_address_comes_when_somebody_answers_there(
    lab: World, machines: Machines
) -> None:
    # given
    user = Thing("user", {"host": Out("vm0", "address")})
    at_s: dict[str, float] = {}

    def note(call: str, name: str) -> None:
        if call == "create":
            at_s[name] = lab.clock.monotonic_s()

    lab.things.before = note

    # when
    lab.up(a_program(a_machine(), user))

    # then
    assert at_s["vm0"] < machines.boot_s <= at_s["user"]
    assert lab.record("user").inputs["host"] == "10.1.0.0"


def test_a_machine_that_does_not_answer_in_time_is_named_and_waited_for_again(
    lab: World, machines: Machines
) -> None:
    # given
    machines.dead.add("10.1.0.1")
    user = Thing("user", {"host": Out("vm1", "address")})
    program = a_program(a_machine(0), a_machine(1), user)

    # when
    outcome = lab.up(program)

    # then
    (failed,) = outcome.failed
    machine = next(one for one in lab.things.made if one.startswith("vm1#"))
    assert name_of(failed.urn) == "vm1"
    assert failed.message == (
        f"machine {machine} does not answer as an ssh server at 10.1.0.1:22 after 300 s;"
        " seen last: the connection was refused"
    )
    assert failed.hint.startswith("look at its console; `cmx up` waits again")
    assert names(one.urn for one in outcome.skipped) == ["user"]
    assert reached(lab) == ["10.1.0.0:22"]
    assert lab.snapshot().intents == ()

    # when
    machines.dead.clear()
    lab.things.did()
    again = lab.up(program)

    # then
    assert not again.failed
    assert lab.things.did() == [("create", "user")]
    assert reached(lab) == ["10.1.0.0:22", "10.1.0.1:22"]


def test_ctrl_c_ends_the_wait_at_once_and_the_next_run_goes_on(
    lab: World, machines: Machines
) -> None:
    # given
    machines.dead.add("10.1.0.0")
    program = a_program(a_machine(limit_s=ENDLESS_S))
    lab.clock.interrupt_when = lambda: bool(machines.asked)

    # when
    outcome = lab.up(program)

    # then
    assert outcome.is_interrupted
    assert names(one.urn for one in outcome.waiting) == ["vm0"]
    assert [one.site for one in outcome.waiting] == [CLOUD]
    assert reached(lab) == []

    # when
    machines.dead.clear()
    plan = lab.preview(program)
    (change,) = [one for one in plan.changes if type_of(one.urn) == REACH_TYPE]
    again = lab.up(program, plan=plan)

    # then
    assert [reason.cause for reason in change.reasons] == [Cause.RESUMED]
    assert not again.failed
    assert reached(lab) == ["10.1.0.0:22"]


def test_a_look_at_the_stack_asks_and_records_who_answers_by_now(
    lab: World, machines: Machines
) -> None:
    # given
    machines.dead.add("10.1.0.0")
    program = a_program(a_machine(limit_s=ENDLESS_S))
    lab.clock.interrupt_when = lambda: bool(machines.asked)
    lab.up(program)

    # then
    (seen,) = lab.status()
    assert (seen.state, seen.reason) == (JobState.RUNNING, "the connection was refused")
    assert seen.remote_id == "ssh://10.1.0.0:22"

    # when
    machines.dead.clear()
    machines.boot_s = 0.0
    lab.status()

    # then
    assert reached(lab) == ["10.1.0.0:22"]
    assert not lab.preview(program).has_changes


def test_what_an_earlier_version_recorded_is_not_waited_for_again(
    lab: World, machines: Machines
) -> None:
    # given
    lab.up(a_program(a_machine(site=None)))
    machines.asked.clear()

    # when
    plan = lab.preview(a_program(a_machine()))
    lab.up(a_program(a_machine()), plan=plan)

    # then
    assert {one.action for one in plan.changes} == {Action.SAME}
    assert machines.asked == []
    assert reached(lab) == ["10.1.0.0:22"]


def test_a_wait_that_an_earlier_version_was_killed_in_goes_on(
    lab: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It held a worker, and left an intent without a ticket."""

    # given
    def killed(_: ReachHandler, _props: Mapping[str, object]) -> None:
        raise SiteUnreachable("we were killed here")

    now = lab.remote
    lab.remote = Remotes(JobRemote(lab.jobs))
    with monkeypatch.context() as patch:
        patch.setattr(ReachHandler, "create", killed)
        lab.up(a_program(a_machine(site=None)))
    assert [one.ticket for one in lab.snapshot().intents] == [None]

    # when
    lab.remote = now
    outcome = lab.up(a_program(a_machine()))

    # then
    assert not outcome.failed
    assert reached(lab) == ["10.1.0.0:22"]
    assert lab.snapshot().intents == ()


def test_a_site_that_is_only_waited_at_is_not_called_empty_afterwards(lab: World) -> None:
    """Nobody has asked the cloud whether something is left."""
    # given
    lab.up(a_program(a_machine()))

    # when
    outcome = lab.destroy()

    # then
    assert (outcome.failed, outcome.checked_sites) == ((), ())
    assert lab.there() == []


def test_a_destroy_takes_away_what_is_still_waited_for(lab: World, machines: Machines) -> None:
    # given
    machines.dead.add("10.1.0.0")
    lab.clock.interrupt_when = lambda: bool(machines.asked)
    lab.up(a_program(a_machine(limit_s=ENDLESS_S)))

    # when
    outcome = lab.destroy()

    # then
    assert not outcome.failed
    assert lab.snapshot().intents == ()
    assert lab.things.made == {}
