"""What does a provider expect of a change that is only previewed?"""

from cloudmesh_iac.core.jobs import Failure
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered
from cloudmesh_iac.core.values import marked, secret_keys
from cloudmesh_iac.engine.asks import CreateAsk, UpdateAsk
from cloudmesh_iac.engine.ports.providers import Provider


def foresee(
    goal: Record, change: Change, *, record: Record | None, provider: Provider
) -> Registered | Failure:
    """Ask for a create or an update in a preview, and answer with what it would give."""
    timeouts, secrets = goal.options.timeouts, goal.options.additional_secret_outputs
    if change.action is not Action.UPDATE or record is None:
        ask = CreateAsk(
            goal.urn,
            goal.type,
            goal.inputs,
            timeouts.create_s,
            provider=goal.provider,
            is_preview=True,
        )
        created = provider.create(ask)
        if isinstance(created, Failure):
            return created
        outputs = marked(created.outputs, secret_keys(goal.inputs).union(secrets))
        return Registered(goal.urn, created.id, outputs)
    updated = provider.update(
        UpdateAsk(
            goal.urn,
            goal.type,
            record.id,
            old_inputs=record.inputs,
            old_outputs=record.outputs,
            news=goal.inputs,
            timeout_s=timeouts.update_s,
            ignore_changes=goal.options.ignore_changes,
            provider=goal.provider,
            is_preview=True,
        )
    )
    if isinstance(updated, Failure):
        return updated
    return Registered(goal.urn, record.id, marked(updated.outputs, secrets))
