"""Begin a side effect only while the lock of the stack is ours."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

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
    Refusal,
    UpdateAsk,
    Updated,
)
from cloudmesh_iac.engine.ports.providers import Provider, Providers, Remote, Role

Hold: TypeAlias = Callable[[], None]
"""Raises StackLocked when nothing more may be begun."""


class HeldProviders:
    """Satisfies `engine.ports.providers.Providers`."""

    def __init__(self, inner: Providers, hold: Hold) -> None:
        self._inner = inner
        self._hold = hold

    def provider(self, type_: ResourceType, reference: str = "") -> Provider | Failure:
        found = self._inner.provider(type_, reference)
        return found if isinstance(found, Failure) else _HeldProvider(found, self._hold)

    def close(self) -> None:
        self._inner.close()


class _HeldProvider:
    def __init__(self, inner: Provider, hold: Hold) -> None:
        self._inner = inner
        self._hold = hold

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return self._inner.check(ask)

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        return self._inner.diff(ask)

    def create(self, ask: CreateAsk) -> Created | Failure:
        self._hold()
        return self._inner.create(ask)

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        self._hold()
        return self._inner.update(ask)

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        self._hold()
        return self._inner.delete(ask)


class HeldRemote:
    """Satisfies `engine.ports.providers.Remote`; what only asks or looks is passed on."""

    def __init__(self, inner: Remote, hold: Hold) -> None:
        self._inner = inner
        self._hold = hold

    def start(self, asks: Sequence[CreateAsk]) -> Sequence[Created | Failure]:
        self._hold()
        return self._inner.start(asks)

    def confirm(self, created: Sequence[Created]) -> Failure | None:
        self._hold()
        return self._inner.confirm(created)

    def collect(self, ask: CreateAsk, ticket: Ticket, done: Done) -> Created | Failure:
        """Write what the ended thing left behind, unless another run does that now."""
        self._hold()
        return self._inner.collect(ask, ticket, done)

    def cancel(self, site: SiteName, jobs: Sequence[LiveJob]) -> Failure | None:
        self._hold()
        return self._inner.cancel(site, jobs)

    def role(self, type_: ResourceType) -> Role:
        return self._inner.role(type_)

    def is_attended(self, type_: ResourceType) -> bool:
        return self._inner.is_attended(type_)

    def site(self, inputs: Properties) -> SiteName:
        return self._inner.site(inputs)

    def problem(self, site: SiteName) -> Failure | None:
        return self._inner.problem(site)

    def ticket(self, ask: CreateAsk) -> Ticket | Failure:
        return self._inner.ticket(ask)

    def poll(
        self, site: SiteName, tickets: Sequence[Ticket]
    ) -> Mapping[Ticket, Waiting | Done | Failure]:
        """Ask, and start the next attempt of what is due: only a run does that."""
        answers = self._inner.poll(site, tickets)
        due = [one for one, said in answers.items() if isinstance(said, Waiting) and said.is_due]
        failure = self.try_again(site, due) if due else None
        return answers if failure is None else {**answers, **dict.fromkeys(due, failure)}

    def try_again(self, site: SiteName, tickets: Sequence[Ticket]) -> Failure | None:
        self._hold()
        return self._inner.try_again(site, tickets)

    def poll_after_s(self, site: SiteName, polls: int) -> float:
        return self._inner.poll_after_s(site, polls)

    def live(self, site: SiteName, stack: StackId) -> Sequence[LiveJob] | Failure:
        return self._inner.live(site, stack)
