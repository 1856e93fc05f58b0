"""What happens to a resource that the program only looks at?"""

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.engine.asks import Gone, Problem, ReadAsk, Refusal
from cloudmesh_iac.engine.situation import Answers, Situation


def decide_read(
    registration: Registration, situation: Situation, answers: Answers
) -> ReadAsk | Refusal | Change:
    """Return the question, or what is read. Another object of ours under the urn is deleted."""
    urn, id_ = registration.urn, registration.read_id
    if answers.read is None:
        known = registration.inputs
        return ReadAsk(urn, registration.type, id_, inputs=known, outputs=known)
    if isinstance(answers.read, Gone):
        return Refusal((Problem("", f"there is nothing with the id {id_}"),))
    record = situation.record
    if record is not None and not record.external and record.id != id_:
        return _replaced(registration, situation, record)
    creation = situation.next_creation if record is None else record.creation
    return _change(
        registration, Action.READ, creation=creation, steps=(Step(Op.READ, urn, creation),)
    )


def _replaced(registration: Registration, situation: Situation, record: Record) -> Refusal | Change:
    """Something of ours stands under this urn: it goes when the other one is read."""
    if record.protect:
        return Refusal((Problem("", "it is protected and would be deleted"),))
    urn, creation = registration.urn, situation.next_creation
    steps = (
        Step(Op.READ_REPLACEMENT, urn, creation),
        Step(Op.REPLACE, urn, creation),
        Step(Op.DELETE_REPLACED, urn, record.creation),
    )
    return _change(registration, Action.REPLACE, creation=creation, steps=steps)


def _change(
    registration: Registration, action: Action, *, creation: int, steps: tuple[Step, ...]
) -> Change:
    return Change(
        urn=registration.urn,
        type=registration.type,
        action=action,
        parent=registration.parent,
        reasons=(Reason(Cause.NEW),),
        steps=steps,
        source=registration.source,
        inputs=registration.inputs,
        creation=creation,
    )
