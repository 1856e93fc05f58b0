"""Several families behind one Remote port: each question goes to whom it concerns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from cloudmesh_iac.core.jobs import (
    Done,
    Failure,
    JobState,
    LiveJob,
    SiteName,
    Ticket,
    Waiting,
)
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.remotes import Remotes
from tests.builders import STACK, a_urn

HERE, BOTH, NOWHERE = SiteName("here"), SiteName("both"), SiteName("nowhere")


@dataclass
class Family:
    """Things whose types, ids and tickets begin with its name, at the sites that it is told."""

    name: str
    sites: frozenset[SiteName]
    poll_s: float
    trouble: Failure | None = None
    calls: list[str] = field(default_factory=list)

    def role(self, type_: ResourceType) -> Role:
        return Role.STARTS if type_.startswith(self.name) else Role.PLAIN

    def works_at(self, site: SiteName) -> bool:
        return site in self.sites

    def made(self, created: Created) -> bool:
        return created.id.startswith(self.name)

    def has(self, ticket: Ticket) -> bool:
        return ticket.remote_id.startswith(self.name)

    def is_attended(self, type_: ResourceType) -> bool:
        return type_ == f"{self.name}:Attended"

    def site(self, inputs: Properties) -> SiteName:
        return SiteName(str(inputs["site"]))

    def problem(self, site: SiteName) -> Failure | None:
        self.calls.append(f"problem {site}")
        return self.trouble

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        self.calls.append(f"start {len(asks)}")
        return [Created(f"{self.name} {ask.inputs['n']}", {}) for ask in asks]

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        self.calls.append(f"confirm {[one.id for one in created]}")
        return self.trouble

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        return Ticket(HERE, "t", f"{self.name} {ask.inputs['n']}")

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        self.calls.append(f"poll {site} {len(tickets)}")
        return {one: Waiting(JobState.RUNNING, self.name) for one in tickets}

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        self.calls.append(f"try again {site} {[one.remote_id for one in tickets]}")
        return self.trouble

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        del site
        return self.poll_s + polls

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        del ask, done
        return Created(ticket.remote_id, {}, note=self.name)

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        del site, stack
        if self.trouble is not None:
            return self.trouble
        return [LiveJob("t", f"{self.name} 1", self.name, JobState.RUNNING)]

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        self.calls.append(f"cancel {site} {len(jobs)}")
        return self.trouble


@pytest.fixture
def metal() -> Family:
    return Family("metal", frozenset({BOTH}), poll_s=5.0)


@pytest.fixture
def jobs() -> Family:
    return Family("job", frozenset({HERE, BOTH}), poll_s=15.0)


@pytest.fixture
def remotes(metal: Family, jobs: Family) -> Remotes:
    return Remotes(metal, jobs)


def an_ask(type_: str, n: int) -> CreateAsk:
    return CreateAsk(a_urn(), ResourceType(type_), {"n": n, "site": "both"})


def test_starts_of_a_site_are_parted_by_family_and_answered_in_their_order(
    remotes: Remotes, metal: Family, jobs: Family
) -> None:
    # when
    asks = [an_ask("job:A", 1), an_ask("metal:B", 2), an_ask("job:A", 3)]
    started = remotes.start(asks)

    # then
    created = [one for one in started if isinstance(one, Created)]
    assert [one.id for one in created] == ["job 1", "metal 2", "job 3"]
    assert (metal.calls, jobs.calls) == (["start 1"], ["start 2"])

    # when
    assert remotes.confirm(created) is None

    # then
    assert metal.calls[1:] == ["confirm ['metal 2']"]
    assert jobs.calls[1:] == ["confirm ['job 1', 'job 3']"]


def test_tickets_of_a_site_are_asked_for_by_their_families(
    remotes: Remotes, metal: Family, jobs: Family
) -> None:
    # given
    tickets = [remotes.ticket(an_ask(f"{name}:A", 1)) for name in ("job", "metal")]
    own = [one for one in tickets if isinstance(one, Ticket)]

    # when
    answers = remotes.poll(BOTH, own)

    # then
    assert [one.reason for one in answers.values() if isinstance(one, Waiting)] == ["metal", "job"]
    assert (metal.calls, jobs.calls) == (["poll both 1"], ["poll both 1"])


def test_a_site_is_asked_at_the_pace_of_the_most_eager_family_there(remotes: Remotes) -> None:
    assert remotes.poll_after_s(BOTH, 2) == 7
    assert remotes.poll_after_s(HERE, 2) == 17
    assert remotes.poll_after_s(NOWHERE, 2) == 17


def test_only_families_that_work_at_a_site_are_asked_about_it(
    remotes: Remotes, metal: Family, jobs: Family
) -> None:
    # given
    metal.trouble = Failure("no machines")

    # then
    assert remotes.problem(HERE) is None
    assert remotes.problem(BOTH) == Failure("no machines")
    assert remotes.problem(NOWHERE) is None
    assert jobs.calls == ["problem here", "problem both", "problem nowhere"]
    assert remotes.live(BOTH, STACK) == Failure("no machines")
    assert isinstance(remotes.live(HERE, STACK), list)
    assert remotes.cancel(BOTH, []) == Failure("no machines")
    assert remotes.cancel(HERE, []) is None


def test_each_type_has_its_family_and_others_are_plain(remotes: Remotes) -> None:
    assert remotes.role(ResourceType("metal:A")) is Role.STARTS
    assert remotes.role(ResourceType("job:A")) is Role.STARTS
    assert remotes.role(ResourceType("vm:A")) is Role.PLAIN
    assert remotes.is_attended(ResourceType("metal:Attended"))
    assert not remotes.is_attended(ResourceType("metal:A"))
    assert not remotes.is_attended(ResourceType("vm:Attended"))


def test_what_has_ended_is_collected_by_the_family_of_its_type(remotes: Remotes) -> None:
    # when
    ticket = Ticket(BOTH, "t", "metal 1")
    collected = remotes.collect(an_ask("metal:A", 1), ticket, Done(JobState.COMPLETED))

    # then
    assert isinstance(collected, Created)
    assert collected.note == "metal"
    assert remotes.site({"site": "both"}) == BOTH


def test_each_family_starts_the_next_attempt_of_its_own(
    remotes: Remotes, metal: Family, jobs: Family
) -> None:
    # given
    metal.trouble = Failure("no power")
    tickets = [Ticket(BOTH, f"t{n}", one) for n, one in enumerate(["job 1", "metal 1", "job 2"])]

    # when
    failure = remotes.try_again(BOTH, tickets)

    # then
    assert failure == metal.trouble
    assert metal.calls == ["try again both ['metal 1']"]
    assert jobs.calls == ["try again both ['job 1', 'job 2']"]
