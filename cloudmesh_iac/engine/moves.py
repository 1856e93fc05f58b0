"""What does it mean when another provider answers for a resource than before?"""

from collections.abc import Mapping

from cloudmesh_iac.core.packages import provider_urn
from cloudmesh_iac.core.plans import Cause, Reason
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn, name_of, type_of
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import DiffAsk, MoveAsk


def move_of(
    record: Record | None,
    registration: Registration,
    *,
    providers: Mapping[Urn, Record],
    inputs: Properties,
    former: Urn | None,
) -> MoveAsk | None:
    """Return the question that another provider raises, None if it is none.

    `providers` are the recorded ones, `inputs` what the new one is configured with, `former` is
    its recorded name if it has got another one.
    """
    if record is None or not (record.provider and registration.provider):
        return None
    old_urn, new_urn = provider_urn(record.provider), provider_urn(registration.provider)
    old = providers.get(old_urn)
    if record.provider == registration.provider or former == old_urn or old is None:
        return None
    ask = DiffAsk(
        urn=new_urn,
        type=type_of(new_urn),
        id=registration.provider.removeprefix(f"{new_urn}::"),
        old_inputs=old.inputs,
        old_outputs=old.outputs,
        news=inputs,
    )
    return MoveAsk(ask)


def moved(old: str, new: str) -> Reason:
    """Return why a resource has to be made anew, given the references of its providers."""
    old_name, new_name = name_of(provider_urn(old)), name_of(provider_urn(new))
    if old_name == new_name:
        return Reason(Cause.DEPENDENCY, key="provider", urn=provider_urn(new))
    return Reason(Cause.FIELD, key="provider", old=old_name, new=new_name)
