"""A machine is waited for so long and no longer, and the last thing seen of it is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.jobs import Done, JobState, SiteName, Waiting
from cloudmesh_iac.errors import SiteRefused
from cloudmesh_iac.providers.reach.greetings import GREETS, Heard, Place
from cloudmesh_iac.providers.reach.reaching import Reaching
from tests.builders import HandClock

PROPS = {"site": "jet", "machine": "vm-1", "address": "10.0.0.7", "port": 22.0, "limit_s": 300.0}
ASLEEP = Heard(greets=False, words="no answer within 5 s", advice="look at its console")


@dataclass
class Machines:
    """What is heard of each place; nothing of those that are not named."""

    awake: set[Place] = field(default_factory=set)
    asked: list[Sequence[Place]] = field(default_factory=list)

    def ask(self, places: Sequence[Place]) -> Mapping[Place, Heard]:
        self.asked.append(places)
        return {one: GREETS if one in self.awake else ASLEEP for one in places}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def machines() -> Machines:
    return Machines()


@pytest.fixture
def reaching(clock: HandClock, machines: Machines) -> Reaching:
    return Reaching(clock, ask=machines.ask)


def test_a_ticket_says_by_itself_whom_to_ask(reaching: Reaching, machines: Machines) -> None:
    # given
    ticket = reaching.want(PROPS, token="urn")

    # when
    another = Reaching(HandClock(), ask=machines.ask).poll([ticket])

    # then
    assert (ticket.site, ticket.remote_id) == (SiteName("jet"), "ssh://10.0.0.7:22")
    assert another == {ticket: Waiting(JobState.RUNNING, "no answer within 5 s")}
    assert machines.asked == [[Place("10.0.0.7", 22)]]


def test_an_address_of_ipv6_is_asked_as_it_is(reaching: Reaching, machines: Machines) -> None:
    ticket = reaching.want({**PROPS, "address": "fd00::7"}, token="urn")
    reaching.poll([ticket])
    assert ticket.remote_id == "ssh://[fd00::7]:22"
    assert machines.asked == [[Place("fd00::7", 22)]]


def test_two_machines_with_one_address_are_two(reaching: Reaching) -> None:
    """Networks of their own may have the same addresses."""
    assert reaching.want(PROPS, token="a") != reaching.want(PROPS, token="b")


def test_all_are_asked_in_one_question(reaching: Reaching, machines: Machines) -> None:
    # given
    addresses = [f"10.0.0.{number}" for number in range(30)]
    tickets = [reaching.want({**PROPS, "address": one}, token=one) for one in addresses]
    machines.awake.add(Place("10.0.0.3", 22))

    # when
    answers = reaching.poll(tickets)

    # then
    assert [len(places) for places in machines.asked] == [30]
    assert [one for one in tickets if answers[one] == Done(JobState.COMPLETED)] == [tickets[3]]


def test_a_limit_counts_from_the_first_wait_and_the_last_look_is_told(
    reaching: Reaching, clock: HandClock
) -> None:
    # given
    clock.advance(seconds=1000)
    ticket = reaching.want(PROPS, token="urn")

    # then
    clock.advance(seconds=299)
    assert isinstance(reaching.poll([ticket])[ticket], Waiting)

    # when
    clock.advance(seconds=1)
    answer = reaching.poll([ticket])[ticket]

    # then
    assert answer == Done(JobState.TIMEOUT, reason="no answer within 5 s")
    with pytest.raises(SiteRefused) as late:
        reaching.collect(PROPS, ticket, answer)
    assert late.value.message == (
        "machine vm-1 does not answer as an ssh server at 10.0.0.7:22 after 300 s;"
        " seen last: no answer within 5 s"
    )
    assert late.value.hint == (
        "look at its console; `cmx up` waits again, a larger ready= gives it more time"
    )


def test_a_machine_that_answers_at_the_last_look_is_not_late(
    reaching: Reaching, machines: Machines, *, clock: HandClock
) -> None:
    # given
    ticket = reaching.want(PROPS, token="urn")
    machines.awake.add(Place("10.0.0.7", 22))

    # when
    clock.advance(seconds=5000)

    # then
    assert reaching.poll([ticket])[ticket] == Done(JobState.COMPLETED)


def test_who_waits_again_gives_it_as_long_again(reaching: Reaching, clock: HandClock) -> None:
    # given
    ticket = reaching.want(PROPS, token="urn")
    clock.advance(seconds=400)
    reaching.poll([ticket])

    # when
    again = reaching.want(PROPS, token="urn")

    # then
    assert again == ticket
    assert isinstance(reaching.poll([ticket])[ticket], Waiting)


@pytest.mark.parametrize("address", ["", None])
def test_a_machine_without_an_address_is_not_waited_for(
    reaching: Reaching, address: str | None
) -> None:
    """An empty address would be this computer."""
    with pytest.raises(SiteRefused, match="machine vm-1 has no address"):
        reaching.want({**PROPS, "address": address}, token="urn")
