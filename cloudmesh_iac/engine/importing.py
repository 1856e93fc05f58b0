"""What happens to something that exists, and that the program wants to manage from now on?

It is read, and what was read counts as what is recorded: the rest is decided as ever.
"""

from dataclasses import replace

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties, marked
from cloudmesh_iac.engine.asks import Problem, Read, ReadAsk, Refusal
from cloudmesh_iac.engine.situation import Situation

_CLASS = "__provider"  # what a dynamic resource is made of: its host cannot read without it


def is_import(registration: Registration, record: Record | None) -> bool:
    """Say whether an object that is not ours yet is to be taken over."""
    wanted = registration.options.import_id
    if wanted is None:
        return False
    return record is None or record.external or (record.options.import_id or record.id) != wanted


def import_ask(registration: Registration) -> ReadAsk:
    known = {key: value for key, value in registration.inputs.items() if key == _CLASS}
    return ReadAsk(
        registration.urn,
        registration.type,
        registration.options.import_id or "",
        inputs=known,
        outputs=known,
        timeout_s=registration.options.timeouts.read_s,
        provider=registration.provider,
    )


def as_imported(registration: Registration, situation: Situation, found: Read) -> Situation:
    """Return the situation in which the object that was found is the recorded one."""
    record = found_record(registration, found, creation=situation.next_creation)
    _, seed = situation.seeds
    return replace(
        situation,
        record=record,
        seeds=(seed, seed),
        is_forced=False,
        condemned_by=None,
        is_asked_for=False,
        move=None,
    )


def found_record(registration: Registration, found: Read, *, creation: int) -> Record:
    """Return the record of what was found, as it is before anything is changed."""
    options = registration.options
    return Record(
        urn=registration.urn,
        type=registration.type,
        custom=True,
        id=found.id or options.import_id or "",
        inputs=_inputs_of(registration, found),
        outputs=marked(found.outputs, options.additional_secret_outputs),
        parent=registration.parent,
        provider=registration.provider,
        options=options,
        creation=creation,
    )


def cannot_import(registration: Registration, found: Read) -> Refusal | None:
    """Return why something that is there cannot be taken over."""
    if found.inputs is None and _CLASS not in registration.inputs:
        return Refusal((Problem("", f"nobody can import a {registration.type}"),))
    return None


def not_replaced(keys: tuple[str, ...]) -> Refusal:
    """Return why something is not replaced that the program says is to be imported."""
    because = f" ({', '.join(keys)})" if keys else ""
    words = (
        f"import_ names an object that would be replaced{because}:"
        " say in the program what is there, or take import_ out of it"
    )
    return Refusal((Problem("", words),))


def with_import(change: Change, old: Record | None, former: Urn | None) -> Change | Refusal:
    """Return what is done about an import, given what would be done if it were recorded.

    `former` is the name under which the old record stands, if the resource has got a new one.
    """
    if old is not None and old.protect:
        return Refusal((Problem("", "it is protected and would be replaced by an import"),))
    updates = tuple(step for step in change.steps if step.op is Op.UPDATE)
    if old is None:
        imported = Step(Op.IMPORT, change.urn, change.creation)
        return replace(change, action=Action.IMPORT, steps=(imported, *updates))
    imported = Step(Op.IMPORT_REPLACEMENT, change.urn, change.creation)
    replaced = Step(Op.REPLACE, change.urn, change.creation)
    removal = Op.DISCARD_REPLACED if old.external else Op.DELETE_REPLACED
    deleted = () if old.pending_replacement else (Step(removal, former or old.urn, old.creation),)
    reason = Reason(Cause.FIELD, key="import_", old=old.id, new="another object")
    return replace(
        change,
        action=Action.REPLACE,
        reasons=(reason, *change.reasons),
        steps=(imported, replaced, *updates, *deleted),
    )


def _inputs_of(registration: Registration, found: Read) -> Properties:
    """Return the inputs that would make it; those of dynamic classes may be their outputs."""
    if found.inputs is not None:
        return found.inputs
    return {key: found.outputs[key] for key in registration.inputs if key in found.outputs}
