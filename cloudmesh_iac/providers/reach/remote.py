"""Machines that have to answer, behind the engine's Remote port: all in one question, no worker."""

from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import REACH_TYPE, ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.dynamic.convert import to_properties, to_python
from cloudmesh_iac.providers.dynamic.provider_key import with_provider
from cloudmesh_iac.providers.reach.reaching import BETWEEN_S, Reaching, is_reach, reached_id


class ReachRemote:
    """Satisfies `engine.remotes.PartRemote`. It starts nothing: a machine boots by itself."""

    def __init__(self, reaching: Reaching) -> None:
        self._reaching = reaching

    def role(self, type_: ResourceType) -> Role:
        return Role.WAITS if type_ == REACH_TYPE else Role.PLAIN

    def works_at(self, site: SiteName) -> bool:
        """A site without machines that are waited for is asked at the pace of others alone."""
        return self._reaching.has_waited_at(site)

    def made(self, created: Created) -> bool:
        del created
        return False

    def has(self, ticket: Ticket) -> bool:
        return is_reach(ticket.remote_id)

    def is_attended(self, type_: ResourceType) -> bool:
        """Who asks for a machine that can be logged in to is not told "done" before it can."""
        return type_ == REACH_TYPE

    def site(self, inputs: Properties) -> SiteName:
        """Return the site of the machine; what was recorded earlier has none."""
        site = inputs.get("site")
        return SiteName(site if isinstance(site, str) else "")

    def problem(self, site: SiteName) -> Failure | None:
        del site
        return None

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        return [Failure("nothing is started for it: it is only waited for") for _ in asks]

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        del created
        return None

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        try:
            return self._reaching.want(to_python(ask.inputs), token=str(ask.urn))
        except CmxError as error:
            return Failure.of(error)

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        del site
        return self._reaching.poll(tickets)

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        del site, tickets
        return None

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        del site, polls
        return BETWEEN_S

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        props = to_python(ask.inputs)
        try:
            outputs = self._reaching.collect(props, ticket, done)
        except CmxError as error:
            return Failure.of(error)
        return Created(reached_id(props), with_provider(to_properties(outputs), ask.inputs))

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        del site, stack
        return ()

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        del site, jobs
        return None
