"""What happens to a resource that a person leaves out, and to one that needs such a one?"""

from dataclasses import replace

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Record
from cloudmesh_iac.core.registrations import Registered, Registration
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.asks import Problem, Refusal
from cloudmesh_iac.engine.deletions import held_by
from cloudmesh_iac.engine.needs import depends_on
from cloudmesh_iac.engine.run import Run
from cloudmesh_iac.engine.situation import Situation


def left_out(registration: Registration, situation: Situation) -> Change:
    """Return the change of a resource that stays as it is recorded, or is not made."""
    record = situation.record
    creation = 0 if record is None else record.creation
    known_as = situation.former_urn or registration.urn
    return Change(
        urn=registration.urn,
        type=registration.type,
        action=Action.UNDECIDED if record is None else Action.SAME,
        custom=registration.custom,
        parent=registration.parent,
        reasons=(Reason(Cause.LEFT_OUT),),
        source=registration.source,
        inputs=registration.inputs if record is None else record.inputs,
        steps=(Step(Op.SAME, known_as, creation),),
        creation=creation,
        needs=depends_on(registration),
    )


def is_left_out(change: Change) -> bool:
    return any(reason.cause is Cause.LEFT_OUT for reason in change.reasons)


def answer_left_out(change: Change, record: Record | None) -> Registered:
    """Tell the program what there is, under its recorded name; nothing of what is not made."""
    urn = change.steps[0].urn
    if record is None:
        return Registered(urn, "", {}, is_unknown=True)
    return Registered(urn, record.id, record.outputs if record.custom else {})


def refusal_of(missing: Urn) -> Refusal:
    """A resource takes part and needs something new that does not."""
    words = f"it needs {name_of(missing)}, which is new and left out"
    return Refusal((Problem("", f"{words}: choose it too, with --target {missing}"),))


def needed_by_left_out(run: Run) -> frozenset[Urn]:
    """Return all that resources stand on which stay as they are recorded, though it is dropped."""
    stays = [
        run.old_name(urn) or urn
        for urn in run.declared()
        if run.leaves_out(urn) and run.record(urn) is not None
    ]
    return frozenset(held_by(stays, run.snapshot)) if stays else frozenset()


def without_deletes(change: Change, spared: frozenset[Urn]) -> Change:
    """Take the end of an old object out of a replacement where it is spared: something needs it."""
    if change.action is not Action.REPLACE or change.deletes_first or not spared:
        return change
    removals = {Op.DELETE_REPLACED, Op.DISCARD_REPLACED}
    steps = [step for step in change.steps if not (step.op in removals and step.urn in spared)]
    return replace(change, steps=tuple(steps))
