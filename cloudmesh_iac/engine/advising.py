"""Say more about a plugin's answers than the plugin does: what a change loses, what to do next."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.abilities import Advises
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    Checked,
    ConfigureAsk,
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
from cloudmesh_iac.engine.component_asks import CallAsk, Called, ConstructAsk, Constructed
from cloudmesh_iac.engine.instances import Instance, Packages

Advisers: TypeAlias = Callable[[str], Advises | None]
"""Returns who knows more about a package; None where nobody does."""
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class AdvisedPackages:
    """Satisfies `engine.instances.Packages`."""

    packages: Packages
    advisers: Advisers

    def load(self, package: Package) -> Instance | Failure:
        instance = self.packages.load(package)
        adviser = self.advisers(package.serves)
        if isinstance(instance, Failure) or adviser is None:
            return instance
        return AdvisedInstance(instance, adviser)

    def close(self) -> None:
        self.packages.close()


@dataclass(frozen=True, slots=True)
class AdvisedInstance:
    """A plugin, and who knows more about its package. Satisfies `engine.instances.Instance`."""

    inner: Instance
    adviser: Advises

    @property
    def previews(self) -> bool:
        return self.inner.previews

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return self._advised(self.inner.check_config(ask))

    def diff_config(self, ask: DiffAsk) -> Difference | Failure:
        return self._advised(self.inner.diff_config(ask))

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        return self._advised(self.inner.configure(ask))

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return self._advised(self.inner.check(ask))

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        answer = self._advised(self.inner.diff(ask))
        if isinstance(answer, Failure):
            return answer
        return replace(
            answer,
            losses=(*answer.losses, *self.adviser.losses(ask, answer)),
            interrupts=answer.interrupts or self.adviser.interrupts(ask, answer),
        )

    def create(self, ask: CreateAsk) -> Created | Failure:
        return self._advised(self.inner.create(ask))

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        return self._advised(self.inner.update(ask))

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        return self._advised(self.inner.delete(ask))

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        return self._advised(self.inner.read(ask))

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        return self._advised(self.inner.invoke(ask))

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        return self._advised(self.inner.construct(ask))

    def call(self, ask: CallAsk) -> Called | Refusal | Failure:
        return self._advised(self.inner.call(ask))

    def close(self) -> None:
        self.inner.close()

    def _advised(self, answer: _Answer) -> _Answer:
        """A plugin that says itself what to do is right.

        What is there and not ready has the remedy among its errors, and keeps it.
        """
        if isinstance(answer, Failure) and not answer.hint:
            return replace(answer, hint=self.adviser.remedy(answer.message))
        if isinstance(answer, Created | Updated) and answer.init_errors:
            remedy = self.adviser.remedy("; ".join(answer.init_errors))
            return replace(answer, init_errors=(*answer.init_errors, *filter(None, [remedy])))
        return answer
