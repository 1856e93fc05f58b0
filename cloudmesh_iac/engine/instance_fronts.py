"""Stand in front of a plugin: what is asked goes on to it, and who stands there sees the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cloudmesh_iac.core.jobs import Failure
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
from cloudmesh_iac.engine.instances import Instance

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class InstanceFront:
    """Hands everything on. Satisfies `engine.instances.Instance`.

    Who stands there overrides `handed_on` for every question, or single questions.
    """

    inner: Instance

    @property
    def previews(self) -> bool:
        return self.inner.previews

    def check_config(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return self.handed_on(lambda: self.inner.check_config(ask))

    def diff_config(self, ask: DiffAsk) -> Difference | Failure:
        return self.handed_on(lambda: self.inner.diff_config(ask))

    def configure(self, ask: ConfigureAsk) -> Failure | None:
        return self.handed_on(lambda: self.inner.configure(ask))

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return self.handed_on(lambda: self.inner.check(ask))

    def diff(self, ask: DiffAsk) -> Difference | Failure:
        return self.handed_on(lambda: self.inner.diff(ask))

    def create(self, ask: CreateAsk) -> Created | Failure:
        return self.handed_on(lambda: self.inner.create(ask))

    def update(self, ask: UpdateAsk) -> Updated | Failure:
        return self.handed_on(lambda: self.inner.update(ask))

    def delete(self, ask: DeleteAsk) -> Deleted | Failure:
        return self.handed_on(lambda: self.inner.delete(ask))

    def read(self, ask: ReadAsk) -> Read | Gone | Failure:
        return self.handed_on(lambda: self.inner.read(ask))

    def invoke(self, ask: InvokeAsk) -> Invoked | Refusal | Failure:
        return self.handed_on(lambda: self.inner.invoke(ask))

    def construct(self, ask: ConstructAsk) -> Constructed | Refusal | Failure:
        return self.handed_on(lambda: self.inner.construct(ask))

    def call(self, ask: CallAsk) -> Called | Refusal | Failure:
        return self.handed_on(lambda: self.inner.call(ask))

    def close(self) -> None:
        self.inner.close()

    def handed_on(self, question: Callable[[], Answer]) -> Answer:
        return question()
