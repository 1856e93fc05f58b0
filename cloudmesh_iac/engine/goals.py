"""What does a change lead to: which record, asked for how, and what is the program told?"""

from collections.abc import Collection
from dataclasses import dataclass

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.values import marked, secret_keys
from cloudmesh_iac.engine.asks import CreateAsk


@dataclass(frozen=True, slots=True)
class Task:
    """A change with the record that it leads to and the one that it starts from.

    `former` is the latter under its old name, where the resource has got a new one.
    """

    change: Change
    goal: Record
    record: Record | None
    secrets: tuple[str, ...] = ()  # outputs that the program calls secret
    former: Record | None = None

    @property
    def ask(self) -> CreateAsk:
        timeout_s = self.goal.options.timeouts.create_s
        goal = self.goal
        return CreateAsk(goal.urn, goal.type, goal.inputs, timeout_s, provider=goal.provider)

    @property
    def intent(self) -> Intent:
        is_new = self.change.action is Action.CREATE
        op = Op.CREATE if is_new else Op.CREATE_REPLACEMENT
        return Intent(self.goal.urn, op, self.change.creation, self.goal)


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a task: the record now, and the provider's remark."""

    record: Record
    note: str = ""
    is_found: bool = False


def goal_of(registration: Registration, change: Change, record: Record | None) -> Record:
    """Return the record as it will be; id and outputs are those of the old object, if any."""
    keeps = record is not None and change.action is not Action.REPLACE
    secrets = _secret_keys(registration, change)
    return Record(
        urn=registration.urn,
        type=registration.type,
        custom=registration.custom,
        id=record.id if record is not None and keeps else "",
        inputs=change.inputs,
        outputs=marked(record.outputs, secrets) if record is not None and keeps else {},
        parent=registration.parent,
        dependencies=registration.dependencies,
        property_dependencies=registration.property_dependencies,
        provider=registration.provider,
        protect=registration.options.protect,
        retain_on_delete=registration.options.retain_on_delete,
        options=registration.options,
        creation=change.creation,
        failed=record.failed if record is not None and keeps else False,
        former=record.former if record is not None else (),
        from_apply=registration.from_apply,
        source=registration.source,
        order=record.order if record is not None and keeps else 0,
        created=record.created if record is not None and keeps else None,
        modified=record.modified if record is not None and keeps else None,
        made_again=record.made_again if record is not None and keeps else None,
    )


def unchanged(record: Record, registration: Registration, change: Change) -> Registered:
    """Answer for a resource that stays as it is; secret is what is secret by now."""
    if not record.custom:
        return Registered(change.urn, "", {})  # what a component gives out, its program knows
    outputs = marked(record.outputs, _secret_keys(registration, change))
    return Registered(change.urn, record.id, outputs)


def _secret_keys(registration: Registration, change: Change) -> Collection[str]:
    """Return the outputs that are secret: called so, or named like an input that is secret."""
    return secret_keys(change.inputs).union(registration.options.additional_secret_outputs)
