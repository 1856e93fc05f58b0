"""Allocations and installations behind the engine's Remote port."""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ALLOCATION_TYPE, INSTALLATION_TYPE, ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.abilities import Explains
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.errors import CmxError, SiteUnreachable
from cloudmesh_iac.providers.dynamic.convert import to_properties, to_python
from cloudmesh_iac.providers.dynamic.provider_key import with_provider
from cloudmesh_iac.providers.metal.metal import Metal
from cloudmesh_iac.providers.metal.props import is_lease

_ROLES = {ALLOCATION_TYPE: Role.STARTS, INSTALLATION_TYPE: Role.WAITS}


class MetalRemote:
    """Satisfies `engine.remotes.PartRemote`."""

    def __init__(self, metal: Metal) -> None:
        self._metal = metal

    def role(self, type_: ResourceType) -> Role:
        return _ROLES.get(type_, Role.PLAIN)

    def works_at(self, site: SiteName) -> bool:
        return self._metal.has(site)

    def made(self, created: Created) -> bool:
        return is_lease(created.id)

    def has(self, ticket: Ticket) -> bool:
        return is_lease(ticket.remote_id)

    def is_attended(self, type_: ResourceType) -> bool:
        """Machines are switched on, looked at and replaced by who waits for them."""
        return type_ == INSTALLATION_TYPE

    def site(self, inputs: Properties) -> SiteName:
        site = inputs.get("site")
        return SiteName(site if isinstance(site, str) else "")

    def problem(self, site: SiteName) -> Failure | None:
        try:
            provider = self._metal.keeper(site).site
            words = provider.problem() if isinstance(provider, Explains) else None
        except CmxError as error:
            return Failure.of(error)
        return None if words is None else Failure(words)

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        return [self._start(ask) for ask in asks]

    def _start(self, ask: CreateAsk) -> Created | Failure:
        try:
            outputs = self._metal.allocate(to_python(ask.inputs))
        except CmxError as error:
            return Failure.of(error, is_certain=not isinstance(error, SiteUnreachable))
        names = ", ".join(outputs["machines"])
        stored = with_provider(to_properties(outputs), ask.inputs)
        return Created(outputs["lease"], stored, note=names)

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        """A lease is durable before it is told, and nothing was switched on for it."""
        del created
        return None

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        try:
            return self._metal.want(to_python(ask.inputs))
        except (KeyError, TypeError):
            return Failure("it has no lease to install")

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        del site
        return self._metal.poll(tickets)

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        """A machine that does not come up is started again by the poll that sees it."""
        del site, tickets
        return None

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        return self._metal.look_after_s(site, polls)

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        try:
            outputs = self._metal.collect(to_python(ask.inputs), done)
        except CmxError as error:
            return Failure.of(error)
        stored = with_provider(to_properties(outputs), ask.inputs)
        return Created(ticket.remote_id, stored, note=self._metal.remark(outputs))

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        """A lease is found by its token: there is never a second one of a resource."""
        del site, stack
        return ()

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        del site, jobs
        return None
