"""Which things does a person see? The two resources of a job are one of them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Cause, Change, ExpectedStart, Reason
from cloudmesh_iac.core.registrations import Source
from cloudmesh_iac.core.urns import STACK_TYPE, Urn, type_of
from cloudmesh_iac.core.values import has_unknown
from cloudmesh_iac.views.words import (
    CHOICE,
    Verb,
    is_completion,
    is_default_provider,
    is_job,
    job_urn,
)

PLAIN_VERBS: Mapping[Action, Verb] = {
    Action.SAME: Verb.SAME,
    Action.CREATE: Verb.CREATE,
    Action.IMPORT: Verb.IMPORT,
    Action.READ: Verb.READ,
    Action.UPDATE: Verb.UPDATE,
    Action.REPLACE: Verb.REPLACE,
    Action.DELETE: Verb.DELETE,
    Action.FORGET: Verb.FORGET,
    Action.UNDECIDED: Verb.UNDECIDED,
}
_STRENGTH = tuple(Verb)
_EXPERIMENT = "cmx:index:Experiment"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing as people see it.

    `facts` are what was decided for a new one, in words; of a dangerous one `users` are those who
    use it and stay.
    """

    urn: Urn
    verb: Verb
    certain: bool = True
    reasons: tuple[Reason, ...] = ()
    losses: tuple[str, ...] = ()
    source: Source | None = None
    site: str = ""
    parent: Urn | None = None
    facts: tuple[str, ...] = ()
    interrupts: bool = False
    needs: tuple[Urn, ...] = ()
    users: tuple[Urn, ...] = ()
    expected_start: ExpectedStart | None = None

    @property
    def is_danger(self) -> bool:
        return bool(self.losses) or self.interrupts or self.verb is Verb.REPLACE

    @property
    def comes_first(self) -> bool:
        """Say whether a person has to see it before everything else."""
        return self.is_danger or self.verb is Verb.DELETE


def items_of(changes: Iterable[Change]) -> list[Item]:
    """Return what people see of the custom resources, in the order of the changes."""
    groups: dict[tuple[Urn, bool, int], list[Change]] = {}
    for change in changes:
        if change.custom and not is_default_provider(change.urn) and not _is_left_out(change):
            # An urn may be declared again while objects that it had before are still to be deleted.
            gone = change.action in {Action.DELETE, Action.FORGET}
            leftover = change.creation if _is_leftover(change) else 0
            groups.setdefault((job_urn(change.urn), gone, leftover), []).append(change)
    return _with_users([_item(urn, group) for (urn, _, _), group in groups.items()])


def _with_users(items: list[Item]) -> list[Item]:
    if not any(item.is_danger for item in items):
        return items
    users: dict[Urn, list[Urn]] = {}
    for item in items:
        if item.verb not in {Verb.DELETE, Verb.FORGET}:
            for need in item.needs:
                users.setdefault(need, []).append(item.urn)
    return [
        replace(item, users=tuple(users[item.urn]))
        if item.is_danger and item.verb is not Verb.DELETE and item.urn in users
        else item
        for item in items
    ]


def _is_left_out(change: Change) -> bool:
    return any(reason.cause is Cause.LEFT_OUT for reason in change.reasons)


def levels_of(changes: Iterable[Change]) -> list[Item]:
    """Return the stack and the experiment where a field of them changes; they are not counted."""
    return [
        _plain(change, change.urn, verb=PLAIN_VERBS[change.action])
        for change in changes
        if is_level(change.urn)
        and change.action in {Action.UPDATE, Action.REPLACE}
        and any(reason.cause is Cause.FIELD for reason in change.reasons)
    ]


def counts(items: Iterable[Item]) -> Mapping[Verb, int]:
    return Counter(item.verb for item in items)


def how_many_change(changes: Iterable[Change]) -> int:
    """Return how many things a run will be busy with."""
    verbs = (one.verb for one in items_of(changes) if type_of(one.urn) != CHOICE)
    return sum(not verb.is_quiet and verb is not Verb.UNDECIDED for verb in verbs)


def counts_text(number: Mapping[Verb, int]) -> str:
    """Return `1 to replace, 2 to create, 14 unchanged`, the dangerous ones first."""
    parts = []
    for verb in Verb:
        if how_many := number.get(verb, 0):
            to = "" if verb in {Verb.UNDECIDED, Verb.SAME} else "to "
            parts.append(f"{how_many:,} {to}{verb}")
    return ", ".join(parts)


def is_level(urn: Urn) -> bool:
    """The stack and the experiment hold everything, so they say nothing in a tree."""
    return type_of(urn) in {STACK_TYPE, _EXPERIMENT}


def verb_of_job(submission: Action | None, completion: Action | None) -> Verb:
    """Say what happens to a job, from what happens to its two resources."""
    verbs = [PLAIN_VERBS[action] for action in (submission, completion) if action is not None]
    if submission in {None, Action.SAME} and completion is not None:
        if completion in {Action.UPDATE, Action.REPLACE}:
            return Verb.READ_AGAIN
        if completion is Action.CREATE:
            return Verb.WAIT
    return min(verbs, key=_STRENGTH.index)


def _item(urn: Urn, group: list[Change]) -> Item:
    first = group[0]
    if not is_job(urn):
        return _plain(first, urn, verb=PLAIN_VERBS[first.action])
    halves = {is_completion(change.urn): change for change in group}
    submission, completion = halves.get(False), halves.get(True)
    verb = verb_of_job(
        submission.action if submission else None, completion.action if completion else None
    )
    if submission is None or submission.action is Action.SAME:
        return _plain(completion or first, urn, verb=verb)
    if completion is None:
        return _plain(submission, urn, verb=verb)
    item = _plain(submission, urn, verb=verb)
    losses = tuple(dict.fromkeys((*submission.losses, *completion.losses)))
    return Item(
        urn=urn,
        verb=verb,
        certain=item.certain,
        reasons=_joined(submission, completion),
        losses=losses,
        source=item.source,
        site=item.site,
        parent=item.parent,
        interrupts=submission.interrupts or completion.interrupts,
        needs=_needs(submission, completion, urn=urn),
        expected_start=submission.expected_start,
    )


def _plain(change: Change, urn: Urn, *, verb: Verb) -> Item:
    site = change.inputs.get("site")
    return Item(
        urn=urn,
        verb=verb,
        certain=change.certain,
        reasons=tuple(reason for reason in change.reasons if not _is_own(reason, urn)),
        losses=change.losses,
        source=change.source,
        site=change.site or (site if isinstance(site, str) else ""),
        parent=change.parent,
        interrupts=change.interrupts,
        needs=_needs(change, urn=urn),
        expected_start=change.expected_start,
    )


def _needs(*changes: Change, urn: Urn) -> tuple[Urn, ...]:
    """Return what a thing needs as people see it: both halves of a job are the job."""
    found = dict.fromkeys(job_urn(need) for change in changes for need in change.needs)
    return tuple(need for need in found if need != urn)


def _joined(submission: Change, completion: Change) -> tuple[Reason, ...]:
    """Leave out what the second half only says because of the first one."""
    reasons = [reason for reason in submission.reasons if not _is_own(reason, submission.urn)]
    seen = {reason.key for reason in reasons}
    reasons.extend(
        reason
        for reason in completion.reasons
        if reason.cause is Cause.FIELD and reason.key not in seen and not has_unknown(reason.new)
    )
    return tuple(reasons)


def _is_own(reason: Reason, urn: Urn) -> bool:
    return reason.urn is not None and is_job(urn) and job_urn(reason.urn) == job_urn(urn)


def _is_leftover(change: Change) -> bool:
    return any(reason.cause is Cause.LEFTOVER for reason in change.reasons)
