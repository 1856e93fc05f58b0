"""What the engine asks of those who make and change things."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from typing import Protocol, runtime_checkable

from cloudmesh_iac.core.jobs import Done, Failure, LiveJob, SiteName, Ticket, Waiting
from cloudmesh_iac.core.records import StackId
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    CreateAsk,
    Created,
    DeleteAsk,
    Deleted,
    DiffAsk,
    Difference,
    Gone,
    InvokeAsk,
    Invoked,
    Read,
    ReadAsk,
    Refusal,
    UpdateAsk,
    Updated,
)


class Role(StrEnum):
    """How the creates of a type are carried out."""

    PLAIN = "plain"  # a create returns when the object is there
    STARTS = "starts"  # creates of one site are gathered, started together, then confirmed
    WAITS = "waits"  # a create ends when something remote has ended; no worker stands by


class Provider(Protocol):
    """Blocking, one frozen request each; errors come back as values."""

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure: ...

    def diff(self, ask: DiffAsk) -> Difference | Failure: ...

    def create(self, ask: CreateAsk) -> Created | Failure: ...

    def update(self, ask: UpdateAsk) -> Updated | Failure: ...

    def delete(self, ask: DeleteAsk) -> Deleted | Failure: ...


@runtime_checkable
class Reads(Protocol):
    """A provider that can look at an object."""

    def read(self, ask: ReadAsk) -> Read | Gone | Failure: ...


class Remote(Protocol):
    """The resource types whose creates start or await something on a site."""

    def role(self, type_: ResourceType) -> Role: ...

    def is_attended(self, type_: ResourceType) -> bool:
        """Say whether a run stays for it however short its patience is.

        So it is where what is waited for goes on only as long as somebody asks, and where the
        program has asked for the end of the wait itself.
        """
        ...

    def site(self, inputs: Properties) -> SiteName: ...

    def problem(self, site: SiteName) -> Failure | None:
        """Return why nothing could be started on a site now."""
        ...

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        """Start creates of one site together; as many answers, in the same order."""
        ...

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        """Release what was started held, now that its ids are durable. Idempotent."""
        ...

    def ticket(self, ask: CreateAsk) -> Ticket | Failure: ...

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]: ...

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        """Start the next attempt of what is due; return why one could not be started now."""
        ...

    def poll_after_s(self, site: SiteName, polls: int) -> float: ...

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        """Fetch what the ended thing left behind and return the object that stands for it."""
        ...

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        """Ask a site for everything of a stack that is still queued or running there."""
        ...

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        """Stop things that a site has and no record knows."""
        ...


@runtime_checkable
class Invokes(Protocol):
    """A provider that has functions."""

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure: ...


@runtime_checkable
class HasFunctions(Protocol):
    """Providers among which some have functions."""

    def functions(self, ask: InvokeAsk) -> Invokes | Failure:
        """Return who answers for a function, or why there is nobody."""
        ...


@runtime_checkable
class ReadiesItself(Protocol):
    """Providers among which some take a while to start."""

    def expect(self, types: Collection[ResourceType]) -> None:
        """Hear what will be asked about, and start what takes a while. Returns at once."""
        ...


class Providers(Protocol):
    """Find who answers for a resource."""

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        """Return the provider, or why there is none.

        `reference` names the provider resource that is to answer; empty for types without one.
        """
        ...

    def close(self) -> None:
        """Stop every process that was started for providers."""
        ...
