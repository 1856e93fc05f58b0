"""The two job resources behind the engine's Remote port: grouped starts, waits without a worker."""

from collections.abc import Mapping, Sequence
from typing import Any

from cloudmesh_iac.core.jobs import Done, Failure, JobState, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import JOB_END_TYPE, JOB_START_TYPE, ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import CreateAsk, Created
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.errors import CmxError
from cloudmesh_iac.providers.batch.jobs import Jobs
from cloudmesh_iac.providers.batch.props import from_ticket, to_ticket
from cloudmesh_iac.providers.dynamic.convert import to_properties, to_python
from cloudmesh_iac.providers.dynamic.provider_key import with_provider

_ROLES = {JOB_START_TYPE: Role.STARTS, JOB_END_TYPE: Role.WAITS}


class JobRemote:
    """Satisfies `engine.remotes.PartRemote`."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    def role(self, type_: ResourceType) -> Role:
        return _ROLES.get(type_, Role.PLAIN)

    def works_at(self, site: SiteName) -> bool:
        return self._jobs.runs_at(site)

    def made(self, created: Created) -> bool:
        return "ticket" in created.outputs

    def has(self, ticket: Ticket) -> bool:
        """A scheduler gives its jobs whatever ids it likes."""
        del ticket
        return True

    def is_attended(self, type_: ResourceType) -> bool:
        """A job runs by itself."""
        del type_
        return False

    def site(self, inputs: Properties) -> SiteName:
        """A Submission names its site; a Completion has it in its ticket, once that is known."""
        site = inputs.get("site")
        if not isinstance(site, str):
            ticket = inputs.get("ticket")
            site = ticket.get("site") if isinstance(ticket, Mapping) else ""
        return SiteName(site if isinstance(site, str) else "")

    def problem(self, site: SiteName) -> Failure | None:
        try:
            words = self._jobs.problem(site)
        except CmxError as error:
            return Failure.of(error)
        return None if words is None else Failure(words)

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        site = str(self.site(asks[0].inputs))
        answers = self._jobs.start(site, [to_python(ask.inputs) for ask in asks])
        return [
            answer if isinstance(answer, Failure) else _created(ask, answer)
            for ask, answer in zip(asks, answers, strict=True)
        ]

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        by_site: dict[SiteName, list[Ticket]] = {}
        for one in created:
            ticket = to_ticket(to_python(one.outputs["ticket"]))
            by_site.setdefault(ticket.site, []).append(ticket)
        try:
            for site, tickets in by_site.items():
                self._jobs.confirm(site, tickets)
        except CmxError as error:
            return Failure.of(error, is_certain=False)
        return None

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        try:
            return to_ticket(to_python(ask.inputs["ticket"]))
        except (KeyError, TypeError):
            return Failure("it has no ticket to wait for")

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        return self._jobs.poll(site, tickets)

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        return self._jobs.try_again(site, tickets)

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        return self._jobs.scheduler(site).poll_after_s(polls)

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        try:
            outputs = self._jobs.collect(to_python(ask.inputs), done)
        except CmxError as error:
            return Failure.of(error, is_certain=False)
        return Created(
            f"{ticket.site}:{ticket.shown_id}",
            with_provider(to_properties(outputs), ask.inputs),
            failed=not JobState(outputs["state"]).is_good,
            note=outputs["summary"],
        )

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        try:
            return self._jobs.live(site, stack.project, stack.name)
        except CmxError as error:
            return Failure.of(error)

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        tickets = [
            Ticket(
                site,
                job.token,
                job.remote_id,
                index=job.index,
                array=job.array,
                cluster=job.cluster,
                by_name=bool(job.cluster),
            )
            for job in jobs
        ]
        try:
            self._jobs.cancel(site, tickets)
        except CmxError as error:
            return Failure.of(error, is_certain=False)
        return None


def _created(ask: CreateAsk, outputs: dict[str, Any]) -> Created:
    """A ticket with another token stands for an earlier run of the same work: it was found."""
    ticket = to_ticket(outputs["ticket"])
    is_found = ticket.token != outputs["token"]
    return Created(
        f"{ticket.site}:{ticket.shown_id}",
        with_provider(to_properties({**outputs, "ticket": from_ticket(ticket)}), ask.inputs),
        is_found=is_found,
        note="found, not run again" if is_found else f"job {ticket.shown_id}",
    )
