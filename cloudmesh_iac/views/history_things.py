"""Which things did a run change, as people see them? The two resources of a job are one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cloudmesh_iac.core.history import Changed, ChangeEnd
from cloudmesh_iac.core.journal import UpdateEnded
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.urns import Urn, type_of
from cloudmesh_iac.views.items import PLAIN_VERBS, verb_of_job
from cloudmesh_iac.views.words import CHOICE, PAST, Verb, is_completion, is_job, job_urn

_WORST_FIRST = (ChangeEnd.FAILED, ChangeEnd.SKIPPED, ChangeEnd.WAITING, ChangeEnd.DONE)


@dataclass(frozen=True, slots=True)
class ThingDone:
    urn: Urn
    verb: Verb
    end: ChangeEnd


def things_done(changes: Iterable[Changed]) -> list[ThingDone]:
    """Return what people see of the changes, in their order."""
    groups: dict[Urn, dict[bool, Changed]] = {}
    for one in changes:
        if type_of(one.urn) == CHOICE:
            continue  # what was decided for a thing is told with it
        groups.setdefault(job_urn(one.urn), {})[is_completion(one.urn)] = one
    return [_thing(urn, halves) for urn, halves in groups.items()]


def _thing(urn: Urn, halves: dict[bool, Changed]) -> ThingDone:
    end = min((one.end for one in halves.values()), key=_WORST_FIRST.index)
    if not is_job(urn):
        return ThingDone(urn, PLAIN_VERBS[halves[False].action], end)
    actions = {key: one.action for key, one in halves.items()}
    return ThingDone(urn, verb_of_job(actions.get(False), actions.get(True)), end)


def summary(ended: UpdateEnded) -> str:
    """Return `3 created, 1 failed`; empty for a run that changed nothing."""
    if ended.changes:
        words = Counter(_word(one) for one in things_done(ended.changes))
    else:  # runs of earlier versions counted, and kept no names
        words = Counter(_counted(ended))
    return ", ".join(f"{number:,} {word}" for word, number in words.items())


def _word(thing: ThingDone) -> str:
    return PAST[thing.verb] if thing.end is ChangeEnd.DONE else str(thing.end)


def _counted(ended: UpdateEnded) -> dict[str, int]:
    known = {str(action): action for action in Action if action.is_change}
    return {
        PAST[PLAIN_VERBS[known[name]]]: number
        for name, number in ended.counts.items()
        if name in known
    }
