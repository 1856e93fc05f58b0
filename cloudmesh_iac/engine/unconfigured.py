"""Answer in a preview for a provider whose own configuration is not known yet."""

from cloudmesh_iac.core.jobs import Failure
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
from cloudmesh_iac.engine.instances import Instance

_NOT_KNOWN = Failure("its provider's own configuration is not known yet")


class Unconfigured:
    """Takes inputs as they are; satisfies Provider, Reads, Invokes. Nothing is carried out."""

    previews = False

    def __init__(self, instance: Instance) -> None:
        self._instance = instance

    def check(self, ask: CheckAsk) -> Checked | Refusal | Failure:
        return Checked(ask.news)

    def diff(self, _: DiffAsk) -> Difference | Failure:
        return Difference(None)

    def create(self, _: CreateAsk) -> Created | Failure:
        return _NOT_KNOWN

    def update(self, _: UpdateAsk) -> Updated | Failure:
        return _NOT_KNOWN

    def delete(self, _: DeleteAsk) -> Deleted | Failure:
        return _NOT_KNOWN

    def read(self, _: ReadAsk) -> Read | Gone | Failure:
        return _NOT_KNOWN

    def invoke(self, _: InvokeAsk) -> Invoked | Refusal | Failure:
        return Invoked({}, is_unknown=True)

    def diff_config(self, ask: DiffAsk) -> Difference | Failure:
        return self._instance.diff_config(ask)
