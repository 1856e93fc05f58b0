"""Turn one registration and its record into a question for the provider, a refusal, or a change.

Pure: the session asks the questions and calls again with the answers.
"""

from dataclasses import replace
from typing import TypeAlias

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, Reason
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.values import (
    Properties,
    changed_keys,
    has_unknown,
    is_identical,
    is_same,
    may_be_anything,
)
from cloudmesh_iac.engine.asks import (
    CheckAsk,
    DiffAsk,
    Difference,
    Gone,
    MoveAsk,
    Problem,
    ReadAsk,
    Refusal,
)
from cloudmesh_iac.engine.changes import (
    change_of,
    field_reasons,
    named,
    reasons_of,
    replace_keys,
    unfinished,
)
from cloudmesh_iac.engine.checking import check_anew, first_check, starts_anew
from cloudmesh_iac.engine.differences import Differing, differing
from cloudmesh_iac.engine.importing import (
    as_imported,
    cannot_import,
    import_ask,
    is_import,
    not_replaced,
    with_import,
)
from cloudmesh_iac.engine.leaving_out import left_out, refusal_of
from cloudmesh_iac.engine.moves import moved
from cloudmesh_iac.engine.naming import naming_of
from cloudmesh_iac.engine.reads import decide_read
from cloudmesh_iac.engine.recovery import unsettled
from cloudmesh_iac.engine.situation import Answers, Situation
from cloudmesh_iac.engine.unsupported import problems_of

Decision: TypeAlias = CheckAsk | DiffAsk | MoveAsk | ReadAsk | Refusal | Change


_PROTECTED = Refusal((Problem("", "it is protected and would be replaced"),))


def decide(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    """Return the next question, or what happens to this resource."""
    if situation.blocked_by is not None:
        reason = Reason(Cause.FAILED, urn=situation.blocked_by)
        return change_of(registration, situation, Action.UNDECIDED, reasons=(reason,))
    if situation.is_orphan:
        words = f"its parent is not declared before it: {registration.parent}"
        return Refusal((Problem("", words),))
    if situation.is_left_out and not registration.read_id and not situation.condemned_by:
        return left_out(registration, situation)
    if situation.missing is not None:
        return refusal_of(situation.missing)
    if not registration.custom:
        return _decide_component(registration, situation)
    decide_it = decide_read if registration.read_id else _decide_object
    return decide_it(registration, situation, answers)


def _decide_object(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    if is_import(registration, situation.record):
        return _decide_import(registration, situation, answers)
    return _decide_made(registration, situation, answers)


def _decide_import(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    if problems := problems_of(registration):
        return Refusal(problems)
    found = answers.read
    if found is None:
        return import_ask(registration)
    if isinstance(found, Gone):
        id_ = registration.options.import_id
        return Refusal((Problem("", f"there is nothing with the id {id_} to import"),))
    if (refusal := cannot_import(registration, found)) is not None:
        return refusal
    decision = _decide_made(registration, as_imported(registration, situation, found), answers)
    if not isinstance(decision, Change):
        return decision
    return with_import(decision, situation.record, situation.former_urn)


def _decide_made(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    record = situation.record
    if answers.checked is None:
        return first_check(registration, situation)
    news = answers.checked.inputs
    if record is None or starts_anew(situation):
        return _decide_new(registration, situation, news, notes=answers.checked.notes)
    if situation.is_asked_for:
        return _decide_asked(registration, situation, news)
    return _next_question(registration, situation, answers) or _decide_known(
        registration, situation, answers
    )


def _next_question(
    registration: Registration, situation: Situation, answers: Answers
) -> DiffAsk | MoveAsk | None:
    """Return what has to be asked about an object that is there, None when all is answered."""
    record, checked = situation.record, answers.checked
    assert record is not None
    assert checked is not None
    if _causes(registration, situation, answers):
        return None
    if situation.move is not None and answers.move is None:
        return situation.move
    if answers.difference is not None:
        return None
    return DiffAsk(
        registration.urn,
        registration.type,
        record.id,
        record.inputs,
        record.outputs,
        checked.inputs,
        ignore_changes=registration.options.ignore_changes,
        provider=registration.provider,
    )


def _causes(
    registration: Registration, situation: Situation, answers: Answers
) -> tuple[Reason, ...]:
    """Return what asks for a new object whatever the provider would say to the inputs."""
    record, options = situation.record, registration.options
    assert record is not None
    causes: list[Reason] = []
    old, new = record.options.replacement_trigger, options.replacement_trigger
    is_unknown = may_be_anything(old) or has_unknown(new)
    if is_unknown or (old is not None and new is not None and not is_same(old, new)):
        causes.append(Reason(Cause.FIELD, key="replacement_trigger", old=old, new=new))
    causes += [
        Reason(Cause.DEPENDENCY, key="replace_with", urn=urn)
        for urn in options.replace_with
        if urn in situation.replaced
    ]
    if answers.move is not None and answers.move.needs_new:
        causes.append(moved(record.provider, registration.provider))
    return tuple(causes)


def _decide_component(registration: Registration, situation: Situation) -> Change:
    record = situation.record
    if record is None:
        return change_of(registration, situation, Action.CREATE, reasons=(Reason(Cause.NEW),))
    keys = changed_keys(record.inputs, registration.inputs, same=is_identical)
    reasons = field_reasons(record.inputs, registration.inputs, keys)
    action = Action.UPDATE if keys else Action.SAME
    return change_of(registration, situation, action, reasons=reasons)


def _decide_new(
    registration: Registration, situation: Situation, news: Properties, *, notes: tuple[str, ...]
) -> Change:
    root = situation.condemned_by
    cause = Reason(Cause.NEW) if root is None else Reason(Cause.DEPENDENCY, urn=root)
    told = tuple(Reason(Cause.NEW, note=note) for note in notes)
    new = told if root is None and told else (cause, *told)
    open_ = _unsettled(situation)
    return change_of(
        registration,
        situation,
        Action.CREATE if situation.record is None else Action.REPLACE,
        inputs=news,
        reasons=(Reason(Cause.RESUMED),) if _is_resumed(situation, news) else open_ or new,
        certain=not open_,
        deletes_first=root is not None,
        differing=Differing(replaces=situation.condemned_keys),
    )


def _unsettled(situation: Situation) -> tuple[Reason, ...]:
    """Return what may have happened already, and nobody knows."""
    if situation.lost is not None:
        return (unsettled(situation.lost),)
    if situation.is_unsettled and situation.intent is not None:
        return (unsettled(situation.intent.op),)
    return ()


def _decide_asked(
    registration: Registration, situation: Situation, news: Properties
) -> Refusal | Change:
    """A person wants a new object: nobody asks what is different."""
    record = situation.record
    if record is not None and record.protect and registration.options.protect:
        return _PROTECTED
    return change_of(
        registration,
        situation,
        Action.REPLACE,
        inputs=news,
        reasons=(Reason(Cause.RERUN),),
        deletes_first=_deletes_first(registration, situation),
        differing=Differing(replaces=("id",)),
    )


def _is_resumed(situation: Situation, news: Properties) -> bool:
    """It was started by an earlier run, which did not wait for its end."""
    intent = situation.intent
    return intent is not None and intent.ticket is not None and not has_unknown(news)


def _decide_known(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    record, checked = situation.record, answers.checked
    assert record is not None
    assert checked is not None
    causes = _causes(registration, situation, answers)
    difference = answers.difference or Difference(has_changes=False)
    found = differing(
        difference,
        olds=record.inputs,
        news=checked.inputs,
        options=registration.options,
        is_unready=bool(record.init_errors),
    )
    keys, replaces = found.keys, found.replaces
    is_asked = bool(causes) or situation.is_forced or record.pending_replacement
    needs_new = found.needs_new or is_asked
    is_known_to_differ = bool(keys) or difference.has_changes is True
    if not (is_known_to_differ or needs_new or record.init_errors or situation.lost):
        return change_of(registration, situation, Action.SAME, inputs=checked.inputs)
    reasons = (
        *(_unsettled(situation) or unfinished(record)),
        *causes,
        *reasons_of(registration, situation, news=checked.inputs, keys=(*keys, *named(replaces))),
    )
    is_open = situation.lost is not None and not (is_known_to_differ or needs_new)
    is_guess = is_open or (needs_new and situation.is_unsettled) or not difference.is_certain
    certain = not is_guess and not any(
        has_unknown(checked.inputs.get(key)) or may_be_anything(record.inputs.get(key))
        for key in keys
    )
    if not needs_new:
        return change_of(
            registration,
            situation,
            Action.UPDATE,
            inputs=checked.inputs,
            reasons=reasons,
            certain=certain,
            losses=difference.losses,
            interrupts=difference.interrupts,
            stables=difference.stables,
            differing=found,
        )
    if record.protect and registration.options.protect:
        return _PROTECTED
    if registration.options.import_id is not None:
        return not_replaced(replace_keys(causes, replaces))
    if answers.rechecked is None:
        return check_anew(registration, situation)
    if _is_resumed(situation, answers.rechecked.inputs):
        reasons = (Reason(Cause.RESUMED),)
    return change_of(
        registration,
        situation,
        Action.REPLACE,
        inputs=answers.rechecked.inputs,
        reasons=reasons,
        certain=certain,
        losses=difference.losses,
        deletes_first=_deletes_first(registration, situation, difference),
        differing=replace(found, replaces=replace_keys(causes, replaces)),
    )


def _deletes_first(
    registration: Registration, situation: Situation, difference: Difference | None = None
) -> bool:
    """A name that stays has no room beside itself; else the program's word, then the provider's."""
    naming = naming_of(situation.naming, registration.urn, situation.seeds[1])
    if naming is not None and not naming.is_unique:
        return True
    asked = registration.options.delete_before_replace
    if asked is not None:
        return asked
    return difference is not None and difference.delete_before_replace
