"""Turn one registration and its record into a question for the provider, a refusal, or a change.

Pure: the session asks the questions and calls again with the answers.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from cloudmesh_iac.core.ops import Action, Op
from cloudmesh_iac.core.paths import contains, parse_path, with_old_at
from cloudmesh_iac.core.plans import Cause, Change, Reason, Step
from cloudmesh_iac.core.records import Intent, Record
from cloudmesh_iac.core.registrations import Registration
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.core.values import Properties, changed_keys, distinct, has_unknown, is_same
from cloudmesh_iac.engine.ports import (
    CheckAsk,
    Checked,
    DiffAsk,
    Difference,
    Problem,
    Refusal,
    Role,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What the run so far means for one registration.

    `record` is the live record, `intent` an open intent of this urn. `blocked_by` is a dependency
    that failed or was skipped, `replaced` are those dependencies that get a new object in this run.
    `creations` counts the objects that the urn has had, `seeds` are the hex seeds of the present
    object and of the next one. `is_forced` asks for a new object in any case.
    """

    record: Record | None
    intent: Intent | None
    role: Role
    creations: int
    seeds: tuple[str, str]
    blocked_by: Urn | None = None
    replaced: frozenset[Urn] = frozenset()
    is_forced: bool = False

    @property
    def next_creation(self) -> int:
        """A create that may have got lost is repeated under its own number: its token finds it."""
        if self.intent is not None and self.intent.op in {Op.CREATE, Op.CREATE_REPLACEMENT}:
            return self.intent.creation
        return self.creations + 1


@dataclass(frozen=True, slots=True)
class Answers:
    """The provider's answers so far; `rechecked` are the inputs of a replacement."""

    checked: Checked | None = None
    difference: Difference | None = None
    rechecked: Checked | None = None

    def with_checked(self, checked: Checked) -> "Answers":
        if self.checked is None:
            return replace(self, checked=checked)
        return replace(self, rechecked=checked)

    def with_difference(self, difference: Difference) -> "Answers":
        return replace(self, difference=difference)


Decision: TypeAlias = CheckAsk | DiffAsk | Refusal | Change


def decide(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    """Return the next question, or what happens to this resource."""
    if situation.blocked_by is not None:
        reason = Reason(Cause.FAILED, urn=situation.blocked_by)
        return _change(registration, situation, Action.UNDECIDED, reasons=(reason,))
    if not registration.custom:
        return _decide_component(registration, situation)
    record = situation.record
    if answers.checked is None:
        return _first_check(registration, situation)
    if record is None:
        return _decide_new(registration, situation, answers.checked.inputs)
    news = answers.checked.inputs
    if answers.difference is None and not _causes(registration, situation):
        return DiffAsk(
            registration.urn, registration.type, record.id, record.inputs, record.outputs, news
        )
    return _decide_known(registration, situation, answers)


def _causes(registration: Registration, situation: Situation) -> tuple[Reason, ...]:
    """Return what asks for a new object whatever the provider would say to the inputs."""
    record, options = situation.record, registration.options
    assert record is not None
    causes: list[Reason] = []
    old, new = record.options.replacement_trigger, options.replacement_trigger
    is_unknown = has_unknown(old) or has_unknown(new)
    if is_unknown or (old is not None and new is not None and not is_same(old, new)):
        causes.append(Reason(Cause.FIELD, key="replacement_trigger", old=old, new=new))
    causes += [
        Reason(Cause.DEPENDENCY, key="replace_with", urn=urn)
        for urn in options.replace_with
        if urn in situation.replaced
    ]
    return tuple(causes)


def _decide_component(registration: Registration, situation: Situation) -> Change:
    record = situation.record
    if record is None:
        return _change(registration, situation, Action.CREATE, reasons=(Reason(Cause.NEW),))
    keys = changed_keys(record.inputs, registration.inputs)
    reasons = _field_reasons(record.inputs, registration.inputs, keys)
    action = Action.UPDATE if keys else Action.SAME
    return _change(registration, situation, action, reasons=reasons)


def _first_check(registration: Registration, situation: Situation) -> CheckAsk | Refusal:
    if problems := _unsupported(registration):
        return Refusal(problems)
    record, news = situation.record, registration.inputs
    if record is not None:
        for path in registration.options.ignore_changes:
            news = with_old_at(parse_path(path), record.inputs, news)
    current, following = situation.seeds
    return CheckAsk(
        registration.urn,
        registration.type,
        record.inputs if record is not None else {},
        news,
        current if record is not None else following,
    )


def _decide_new(registration: Registration, situation: Situation, news: Properties) -> Change:
    cause = Cause.RESUMED if _is_resumed(situation, news) else Cause.NEW
    return _change(registration, situation, Action.CREATE, inputs=news, reasons=(Reason(cause),))


def _is_resumed(situation: Situation, news: Properties) -> bool:
    """It was started by an earlier run, which did not wait for its end."""
    intent = situation.intent
    return intent is not None and intent.ticket is not None and not has_unknown(news)


def _decide_known(registration: Registration, situation: Situation, answers: Answers) -> Decision:
    record, checked = situation.record, answers.checked
    assert record is not None
    assert checked is not None
    causes = _causes(registration, situation)
    difference = answers.difference or Difference(has_changes=False)
    keys, replaces = _differing(registration, record, news=checked.inputs, difference=difference)
    needs_new = bool(replaces or causes) or situation.is_forced
    if not keys and not needs_new:
        return _change(registration, situation, Action.SAME, inputs=record.inputs)
    reasons = (
        *causes,
        *_reasons(registration, situation, news=checked.inputs, keys=(*keys, *replaces)),
    )
    certain = not any(has_unknown(checked.inputs.get(key)) for key in keys)
    if not needs_new:
        return _change(
            registration,
            situation,
            Action.UPDATE,
            inputs=checked.inputs,
            reasons=reasons,
            certain=certain,
            losses=difference.losses,
            stables=difference.stables,
        )
    if record.protect and registration.options.protect:
        return Refusal((Problem("", "it is protected and would be replaced"),))
    if answers.rechecked is None:
        return CheckAsk(
            registration.urn, registration.type, {}, registration.inputs, situation.seeds[1]
        )
    if _is_resumed(situation, answers.rechecked.inputs):
        reasons = (Reason(Cause.RESUMED),)
    return _change(
        registration,
        situation,
        Action.REPLACE,
        inputs=answers.rechecked.inputs,
        reasons=reasons,
        certain=certain,
        losses=difference.losses,
        deletes_first=_deletes_first(registration, difference),
    )


def _deletes_first(registration: Registration, difference: Difference) -> bool:
    """The program's word counts more than the provider's."""
    asked = registration.options.delete_before_replace
    return difference.delete_before_replace if asked is None else asked


def _differing(
    registration: Registration, record: Record, *, news: Properties, difference: Difference
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that changed, and those of them that need a new object."""
    if difference.has_changes is False:
        return (), ()
    keys = difference.keys or changed_keys(record.inputs, news)
    if difference.has_changes is None and not keys:
        return (), difference.replaces
    forcing = [parse_path(path) for path in registration.options.replace_on_changes]
    forced = [key for key in keys if any(contains(path, (key,)) for path in forcing)]
    return keys, distinct((*difference.replaces, *forced))


def _reasons(
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
            reasons.extend(_field_reasons(record.inputs, news, (key,)))
    return tuple(reasons)


def _field_reasons(old: Properties, new: Properties, keys: tuple[str, ...]) -> tuple[Reason, ...]:
    return tuple(Reason(Cause.FIELD, key=key, old=old.get(key), new=new.get(key)) for key in keys)


def _unsupported(registration: Registration) -> tuple[Problem, ...]:
    options = registration.options
    found = {
        "import_": options.import_id is not None,
        "remote components": registration.remote,
    }
    unsupported = [f"{what}: not supported yet" for what, used in found.items() if used]
    return tuple(Problem("", words) for words in (*unsupported, *_bad_paths(registration)))


def _bad_paths(registration: Registration) -> list[str]:
    options = {
        "ignore_changes": registration.options.ignore_changes,
        "replace_on_changes": registration.options.replace_on_changes,
    }
    words = []
    for option, paths in options.items():
        for path in paths:
            try:
                parse_path(path)
            except ValueError as error:
                words.append(f"{option}: {error}")
    return words


def _change(
    registration: Registration,
    situation: Situation,
    action: Action,
    *,
    inputs: Properties | None = None,
    reasons: tuple[Reason, ...] = (),
    certain: bool = True,
    losses: tuple[str, ...] = (),
    deletes_first: bool = False,
    stables: tuple[str, ...] = (),
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
        reasons=reasons,
        losses=losses,
        steps=_steps(situation, action, urn=registration.urn, deletes_first=deletes_first),
        source=registration.source,
        inputs=registration.inputs if inputs is None else inputs,
        stables=stables,
        creation=creation,
        deletes_first=deletes_first,
        starts=is_new and situation.role is Role.STARTS,
        waits=is_new and situation.role is Role.WAITS,
    )


def _steps(
    situation: Situation, action: Action, *, urn: Urn, deletes_first: bool
) -> tuple[Step, ...]:
    record, creation = situation.record, situation.next_creation
    match action:
        case Action.REPLACE:
            assert record is not None
            created = Step(Op.CREATE_REPLACEMENT, urn, creation)
            replaced = Step(Op.REPLACE, urn, creation)
            deleted = Step(Op.DELETE_REPLACED, urn, record.creation)
            if deletes_first:
                return (deleted, replaced, created)
            return (created, replaced, deleted)
        case Action.CREATE:
            return (Step(Op.CREATE, urn, creation),)
        case Action.UPDATE:
            assert record is not None
            return (Step(Op.UPDATE, urn, record.creation),)
        case _:
            return ()
