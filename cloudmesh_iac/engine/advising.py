"""Say more about a plugin's answers than the plugin does: what a change loses, what to do next."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.packages import Package
from cloudmesh_iac.engine.abilities import Advises
from cloudmesh_iac.engine.asks import Created, DiffAsk, Difference, Updated
from cloudmesh_iac.engine.instance_fronts import Answer, InstanceFront
from cloudmesh_iac.engine.instances import Instance, Packages

Advisers: TypeAlias = Callable[[str], Advises | None]
"""Returns who knows more about a package; None where nobody does."""


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
class AdvisedInstance(InstanceFront):
    """A plugin, and who knows more about its package. Satisfies `engine.instances.Instance`."""

    adviser: Advises

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        answer = self.handed_on(lambda: self.inner.diff(ask))
        if isinstance(answer, Failure):
            return answer
        return replace(
            answer,
            losses=(*answer.losses, *self.adviser.losses(ask, answer)),
            interrupts=answer.interrupts or self.adviser.interrupts(ask, answer),
        )

    def handed_on(self, question: Callable[[], Answer]) -> Answer:
        """A plugin that says itself what to do is right.

        What is there and not ready has the remedy among its errors, and keeps it.
        """
        answer = question()
        if isinstance(answer, Failure) and not answer.hint:
            return replace(answer, hint=self.adviser.remedy(answer.message))
        if isinstance(answer, Created | Updated) and answer.init_errors:
            remedy = self.adviser.remedy("; ".join(answer.init_errors))
            return replace(answer, init_errors=(*answer.init_errors, *filter(None, [remedy])))
        return answer
