"""Several families of resources that start or await something, behind one Remote port."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Remote, Role


class PartRemote(Remote, Protocol):
    """A Remote that says which types, sites, tickets and objects are its own."""

    def works_at(self, site: SiteName) -> bool:
        """Say whether a site does what this family wants; it may do more than that."""
        ...

    def made(self, created: Created) -> bool: ...

    def has(self, ticket: Ticket) -> bool: ...


class Remotes:
    """Satisfies `engine.ports.providers.Remote`: each question goes to whom it concerns.

    The last part answers for what is nobody's.
    """

    def __init__(self, *parts: PartRemote) -> None:
        self._parts = parts

    def role(self, type_: ResourceType) -> Role:
        return self._of_type(type_).role(type_)

    def is_attended(self, type_: ResourceType) -> bool:
        return self._of_type(type_).is_attended(type_)

    def site(self, inputs: Properties) -> SiteName:
        return self._parts[-1].site(inputs)

    def problem(self, site: SiteName) -> Failure | None:
        problems = [part.problem(site) for part in self._at(site)]
        return next((one for one in problems if one is not None), None)

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        """Start what may be of several families; each family is asked once."""
        answers: dict[int, Created | Failure] = {}
        for part in self._parts:
            own = [at for at, ask in enumerate(asks) if self._of_type(ask.type) is part]
            if own:
                given = part.start([asks[at] for at in own])
                answers |= dict(zip(own, given, strict=True))
        return [answers[at] for at in range(len(asks))]

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        failures = []
        for part in self._parts:
            own = [one for one in created if self._of_created(one) is part]
            failures.append(part.confirm(own) if own else None)
        return next((one for one in failures if one is not None), None)

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        return self._of_type(ask.type).ticket(ask)

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        answers: dict[Ticket, Waiting | Done | Failure] = {}
        for part in self._parts:
            own = [one for one in tickets if self._of_ticket(one) is part]
            answers |= part.poll(site, own) if own else {}
        return answers

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        failures = []
        for part in self._parts:
            own = [one for one in tickets if self._of_ticket(one) is part]
            failures.append(part.try_again(site, own) if own else None)
        return next((one for one in failures if one is not None), None)

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        return min(part.poll_after_s(site, polls) for part in self._at(site))

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        return self._of_type(ask.type).collect(ask, ticket, done)

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        found: list[LiveJob] = []
        for part in self._at(site):
            live = part.live(site, stack)
            if isinstance(live, Failure):
                return live
            found += live
        return found

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        failures = [part.cancel(site, jobs) for part in self._at(site)]
        return next((one for one in failures if one is not None), None)

    def _at(self, site: SiteName) -> Sequence[PartRemote]:
        return [part for part in self._parts if part.works_at(site)] or self._parts[-1:]

    def _of_type(self, type_: ResourceType) -> PartRemote:
        mine = (part for part in self._parts if part.role(type_) is not Role.PLAIN)
        return next(mine, self._parts[-1])

    def _of_created(self, created: Created) -> PartRemote:
        return next((part for part in self._parts if part.made(created)), self._parts[-1])

    def _of_ticket(self, ticket: Ticket) -> PartRemote:
        return next((part for part in self._parts if part.has(ticket)), self._parts[-1])
