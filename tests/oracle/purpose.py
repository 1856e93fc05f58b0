"""Where our engine is different on purpose, random histories are compared only up to there."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tests.oracle.outcome import Phase, Played, Result, State

_DELETES = {"delete", "delete-replaced"}


def up_to_purpose(ours: Result, theirs: Result) -> tuple[Result, Result]:
    """Return both results without the first generation that differs on purpose and the rest."""
    before: Sequence[State] = ()
    for index, (our, their) in enumerate(zip(ours.generations, theirs.generations, strict=True)):
        if holds_back(our, their) or deletes_again(their, before):
            return _cut(ours, index), _cut(theirs, index)
        before = their.state
    return ours, theirs


def holds_back(ours: Played, theirs: Played) -> bool:
    """Ours keeps what something needs that failed or was skipped; Pulumi may delete it."""
    if ours.update is None or theirs.update is None:
        return False
    kept = _deleted(theirs.update) - _deleted(ours.update)
    if not kept:
        return False
    needed = _needed_by(set(ours.update.undone), ours.state)
    return set(kept) <= needed


def deletes_again(theirs: Played, before: Sequence[State]) -> bool:
    """Pulumi may delete a second time what was deleted to make room in an earlier run."""
    gone = {(one["urn"], one.get("id", "")) for one in before if one.get("pendingReplacement")}
    calls = theirs.update.calls if theirs.update is not None else ()
    return any(call.method == "delete" and (call.urn, call.id) in gone for call in calls)


def _deleted(phase: Phase) -> Counter[str]:
    return Counter(step.urn for step in phase.steps if step.op in _DELETES)


def _needed_by(undone: set[str], states: Sequence[State]) -> set[str]:
    """Return what these resources need, as the state says; it lists what is needed first."""
    needed = set(undone)
    for state in reversed(states):
        if state["urn"] in needed:
            needed |= {*state.get("dependencies", ()), state.get("parent", "")}
    return needed


def _cut(result: Result, length: int) -> Result:
    return replace(result, generations=result.generations[:length])
