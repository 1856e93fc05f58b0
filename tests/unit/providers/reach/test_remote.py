"""What the engine is told of machines that have to answer."""

import pytest

from cloudmesh_iac.core.jobs import Done, Failure, JobState, SiteName, Ticket
from cloudmesh_iac.core.urns import REACH_TYPE, ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.providers.dynamic.provider_key import PROVIDER_KEY
from cloudmesh_iac.providers.reach.greetings import GREETS
from cloudmesh_iac.providers.reach.reaching import Reaching
from cloudmesh_iac.providers.reach.remote import ReachRemote
from tests.builders import STACK, HandClock, a_ticket, a_urn

JET = SiteName("jet")
INPUTS: Properties = {
    PROVIDER_KEY: "pickled",
    "site": "jet",
    "machine": "vm-1",
    "address": "10.0.0.7",
    "port": 22,
    "limit_s": 300,
}


@pytest.fixture
def remote() -> ReachRemote:
    return ReachRemote(Reaching(HandClock(), ask=lambda places: dict.fromkeys(places, GREETS)))


def an_ask(**inputs: str) -> CreateAsk:
    return CreateAsk(a_urn("head"), REACH_TYPE, {**INPUTS, **inputs})


def ticket_of(remote: ReachRemote) -> Ticket:
    ticket = remote.ticket(an_ask())
    assert isinstance(ticket, Ticket)
    return ticket


def test_only_machines_that_have_to_answer_are_its_own(remote: ReachRemote) -> None:
    another = ResourceType("pulumi-python:dynamic/cmx:Completion")
    assert (remote.role(REACH_TYPE), remote.role(another)) == (Role.WAITS, Role.PLAIN)
    assert remote.is_attended(REACH_TYPE)
    assert not remote.is_attended(another)
    assert remote.has(ticket_of(remote))
    assert not remote.has(a_ticket())
    assert not remote.has(a_ticket(remote_id="lease-t1"))
    assert not remote.made(Created("41", {}))


def test_a_machine_that_answers_is_recorded_with_what_was_asked(remote: ReachRemote) -> None:
    # given
    ticket = ticket_of(remote)

    # when
    answer = remote.poll(JET, [ticket])[ticket]

    # then
    assert answer == Done(JobState.COMPLETED)
    assert remote.collect(an_ask(), ticket, answer) == Created("10.0.0.7:22", INPUTS)


def test_a_machine_without_an_address_fails_with_a_remedy(remote: ReachRemote) -> None:
    failure = remote.ticket(an_ask(address=""))
    assert isinstance(failure, Failure)
    assert failure.is_certain
    assert "public_ip=True" in failure.hint


def test_a_site_is_asked_often_only_where_a_machine_is_waited_for(remote: ReachRemote) -> None:
    assert not remote.works_at(JET)
    ticket_of(remote)
    assert remote.works_at(JET)
    assert not remote.works_at(SiteName("bigred200"))


def test_nothing_of_it_is_on_a_site(remote: ReachRemote) -> None:
    assert remote.problem(JET) is None
    assert remote.live(JET, STACK) == ()
    assert remote.cancel(JET, []) is None
    assert remote.try_again(JET, []) is None
    assert remote.confirm([]) is None
    assert isinstance(remote.start([an_ask()])[0], Failure)
    assert remote.site(INPUTS) == JET
    assert remote.site({}) == ""
