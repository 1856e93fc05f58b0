"""How is a decision told: which change is it, and why?"""

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, hiding
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.values import Properties, distinct, has_unknown
from cloudmesh_iac.engine.differences import UNREADY, Differing
from cloudmesh_iac.engine.needs import depends_on
from cloudmesh_iac.engine.ports.providers import Role
from cloudmesh_iac.engine.situation import Situation
from cloudmesh_iac.engine.steps import steps_of


def change_of(
    registration: Registration,
    situation: Situation,
    action: Action,
    *,
    inputs: Properties | None = None,
    reasons: tuple[Reason, ...] = (),
    certain: bool = True,
    losses: tuple[str, ...] = (),
    interrupts: bool = False,
    deletes_first: bool = False,
    stables: tuple[str, ...] = (),
    differing: Differing | None = None,
) -> Change:
    record = situation.record
    is_new = action in {Action.CREATE, Action.REPLACE}
    creation = situation.next_creation if is_new else (record.creation if record else 0)
    return Change(
        urn=registration.urn,
        type=registration.type,
        action=action,
        custom=registration.custom,
        parent=registration.parent,
        certain=certain,
        reasons=hiding(reasons, registration.options.hide_diffs),
        losses=losses,
        steps=steps_of(
            action,
            registration.urn,
            creation=situation.next_creation,
            old=_old_object(situation),
            old_urn=situation.former_urn,
            removal=Op.DELETE_REPLACED
            if not record or not record.external
            else Op.DISCARD_REPLACED,
            deletes_first=deletes_first,
        ),
        source=registration.source,
        inputs=registration.inputs if inputs is None else inputs,
        stables=stables,
        keys=differing.keys if differing else (),
        replace_keys=differing.replaces if differing else (),
        details=differing.details if differing else (),
        creation=creation,
        deletes_first=deletes_first,
        starts=is_new and situation.role is Role.STARTS,
        waits=is_new and situation.role is Role.WAITS,
        needs=depends_on(registration),
        interrupts=interrupts or (action is Action.REPLACE and deletes_first),
    )


def _old_object(situation: Situation) -> int | None:
    """Return the creation of the object that there is; None when an earlier run deleted it."""
    record = situation.record
    if record is None or (record.pending_replacement and situation.condemned_by is None):
        return None
    return record.creation


def unfinished(record: Record) -> tuple[Reason, ...]:
    """Return what an earlier run has left to be done."""
    if record.pending_replacement:
        return (
            Reason(Cause.FAILED, note="its old object is deleted, the new one is not made yet"),
        )
    if record.init_errors:
        words = "; ".join(record.init_errors)
        return (Reason(Cause.FAILED, note=f"it was not ready: {words}"),)
    return ()


def reasons_of(
    registration: Registration, situation: Situation, *, news: Properties, keys: tuple[str, ...]
) -> tuple[Reason, ...]:
    record = situation.record
    assert record is not None
    reasons: list[Reason] = []
    if situation.is_forced:
        reasons.append(Reason(Cause.RERUN))
    for key in distinct(keys):
        sources = registration.property_dependencies.get(key, ())
        moved = [urn for urn in sources if urn in situation.replaced]
        if moved and has_unknown(news.get(key)):
            reasons.append(Reason(Cause.DEPENDENCY, key=key, urn=moved[0]))
        else:
            reasons.extend(field_reasons(record.inputs, news, (key,)))
    return tuple(reasons)


def field_reasons(old: Properties, new: Properties, keys: tuple[str, ...]) -> tuple[Reason, ...]:
    return tuple(Reason(Cause.FIELD, key=key, old=old.get(key), new=new.get(key)) for key in keys)


def replace_keys(causes: tuple[Reason, ...], replaces: tuple[str, ...]) -> tuple[str, ...]:
    """Return what Pulumi blames: a companion, if there is one, else the inputs."""
    if any(reason.key == "replacement_trigger" for reason in causes):
        return ()
    if any(reason.key == "provider" for reason in causes):
        return ("provider",)
    return ("replaceWith",) if causes else replaces


def named(replaces: tuple[str, ...]) -> tuple[str, ...]:
    """Return the keys of inputs; that an object is not ready is said already."""
    return tuple(key for key in replaces if key != UNREADY)
