"""What happens to a resource that the program only looks at?"""

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Record, StackId
from cloudmesh_iac.core.registrations import Registered, Registration, Sought
from cloudmesh_iac.core.urns import make_urn
from cloudmesh_iac.core.values import Unknown, is_identical, marked
from cloudmesh_iac.engine.asks import Gone, Problem, Read, ReadAsk, Refusal
from cloudmesh_iac.engine.needs import depends_on
from cloudmesh_iac.engine.situation import Answers, Situation


def decide_read(
    registration: Registration, situation: Situation, answers: Answers
) -> ReadAsk | Refusal | Change:
    """Return the question, or what is read. Another object of ours under the urn is deleted.

    An id that is not known yet, because it is that of something new, leaves nothing to ask.
    """
    urn, id_ = registration.urn, registration.read_id
    if answers.read is None and not isinstance(id_, Unknown):
        known = registration.inputs
        return ReadAsk(
            urn,
            registration.type,
            id_,
            inputs=known,
            outputs=known,
            provider=registration.provider,
        )
    if isinstance(answers.read, Gone):
        return Refusal((Problem("", f"there is nothing with the id {id_}"),))
    record = situation.record
    if record is not None and not record.external and record.id != id_:
        return _replaced(registration, situation, record)
    creation = situation.next_creation if record is None else record.creation
    return _change(
        registration, Action.READ, creation=creation, steps=(Step(Op.READ, urn, creation),)
    )


def existence_of(sought: Sought, id_: str, stack: StackId) -> ReadAsk:
    """Return the question whether something exists; its id stands for the name it does not have."""
    urn = make_urn(
        stack=stack.name,
        project=stack.project,
        parent=sought.parent,
        type_=sought.type,
        name=id_,
    )
    known = sought.inputs
    return ReadAsk(urn, sought.type, id_, inputs=known, outputs=known, provider=sought.provider)


def as_read(found: Read, registration: Registration) -> Registered:
    """Answer with what was read; secret is also what the program calls so."""
    outputs = marked(found.outputs, registration.options.additional_secret_outputs)
    return Registered(registration.urn, found.id, outputs)


def is_news(found: Read, registration: Registration, record: Record | None) -> bool:
    """Say whether what was read is not what is recorded."""
    if record is None or not record.external:
        return True
    read = as_read(found, registration)
    return record.id != read.id or not is_identical(record.outputs, read.outputs)


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
        needs=depends_on(registration),
    )
