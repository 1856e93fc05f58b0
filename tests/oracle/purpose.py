"""Where our engine is different on purpose, random histories are compared only up to there."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from tests.oracle.outcome import Phase, Played, Result, State

_DELETES = frozenset({"delete", "delete-replaced"})
_GOES = _DELETES | {"discard", "discard-replaced"}  # what was only read is forgotten
_NO_CHANGE = {"same", "refresh", "read"}


@dataclass(frozen=True)
class Compared:
    """Both results up to the first generation that differs on purpose, and why it does."""

    ours: Result
    theirs: Result
    purpose: str = ""


def up_to_purpose(ours: Result, theirs: Result) -> Compared:
    """Return both results without the first generation that differs on purpose and the rest."""
    before: Sequence[State] = ()
    for index, (our, their) in enumerate(zip(ours.generations, theirs.generations, strict=True)):
        if purpose := purpose_of(our, their, before):
            return Compared(_cut(ours, index), _cut(theirs, index), purpose)
        before = their.state
    return Compared(ours, theirs)


def purpose_of(ours: Played, theirs: Played, before: Sequence[State]) -> str:
    """Return why a generation differs on purpose, empty if it does not."""
    found = {
        "what a failed or skipped resource uses is not deleted": holds_back(ours, theirs),
        "after a refused check or diff, what does not depend on it goes on": goes_on(ours),
        "what is imported and would be replaced is refused": refuses_imports(ours, theirs),
        "a refresh or destroy takes providers as they are recorded": keeps_providers(ours, theirs),
        "what made room is not deleted again": deletes_again(ours, theirs, before),
        "what needs something new that is excluded is refused": refuses_unknowns(ours, theirs),
        "what is protected is not deleted for something that is only read": protects(ours, theirs),
        "Pulumi ends the run over a target": stumbles(theirs),
        "a function is not called for what has failed": calls_no_more(ours, theirs),
        "a destroy leaves no empty stack": leaves_a_stack(ours, theirs),
        "Pulumi records a provider that nothing needs": keeps_a_provider(ours, theirs),
        "a destroy whose program fails changes nothing": changes_nothing(ours, theirs, before),
        "Pulumi's state does not hold together": loses_what_was_done(ours, theirs),
        "a weaker change than planned that leads to others stops": keeps_its_word(ours, theirs),
        "a program that misses a value is told what was refused": says_what_was_refused(
            ours, theirs
        ),
        "an import that changes nothing is recorded as the program says it": imports_as_said(
            ours, theirs
        ),
        "an old object keeps its old name as long as it is there": keeps_old_names(ours, theirs),
    }
    return next((reason for reason, holds in found.items() if holds), "")


def holds_back(ours: Played, theirs: Played) -> bool:
    """Ours keeps what something needs that failed or was skipped; Pulumi may delete it."""
    if ours.update is None or theirs.update is None:
        return False
    kept = _deleted(theirs.update, _GOES) - _deleted(ours.update, _GOES)
    if not kept:
        return False
    needed = _needed_by(set(ours.update.undone), ours.state)
    return set(kept) <= needed


def goes_on(ours: Played) -> bool:
    """Pulumi ends the whole run at a check or diff that is refused."""
    words = {"check refused", "diff refused", "size: is not good"}
    problems = ours.update.problems if ours.update is not None else ()
    return any(problem.message in words for problem in problems)


def refuses_imports(ours: Played, theirs: Played) -> bool:
    """Pulumi finds out late that it cannot replace what it imports; it lets protected ones go."""
    if ours.preview is None or theirs.preview is None:
        return False
    words = ("import_ names an object that would be replaced", "would be replaced by an import")
    return any(one in ours.preview.error for one in words)


def keeps_providers(ours: Played, theirs: Played) -> bool:
    """Pulumi makes and changes providers in a refresh or destroy with the program."""
    if ours.preview is None or theirs.preview is None or _made(ours.preview):
        return False
    steps = theirs.preview.steps
    is_look = any(step.op == "refresh" for step in steps)
    deleted = {step.urn for step in steps if step.op == "delete"}
    return any(
        "pulumi:providers:" in urn and (is_look or urn in deleted) for urn in _made(theirs.preview)
    )


def _made(phase: Phase) -> set[str]:
    ops = {"create", "update", "replace", "create-replacement"}
    return {step.urn for step in phase.steps if step.op in ops}


def refuses_unknowns(ours: Played, theirs: Played) -> bool:
    """Pulumi makes something although what it needs is excluded, and hands unknown values over."""
    if ours.preview is None or theirs.preview is None:
        return False
    return "which is new and left out" in ours.preview.error and not theirs.preview.error


def protects(ours: Played, theirs: Played) -> bool:
    """Pulumi deletes a protected object when its name is given to something that is only read."""
    if ours.preview is None or theirs.preview is None:
        return False
    return "it is protected and would be deleted" in ours.preview.error and not theirs.preview.error


def changes_nothing(ours: Played, theirs: Played, before: Sequence[State]) -> bool:
    """Pulumi has brought components up to date before a destroy hears of the program's end."""
    if ours.update is None or theirs.update is None or not ours.update.error:
        return False
    begun = [step for step in theirs.update.steps if step.op not in _NO_CHANGE]
    has_begun = any(step.op not in _NO_CHANGE for step in ours.update.steps)
    are_there = {one["urn"] for one in ours.state} == {one["urn"] for one in before}
    return are_there and not has_begun and all(step.component for step in begun)


def loses_what_was_done(ours: Played, theirs: Played) -> bool:
    """Pulumi writes its state anew from before when the one that it has does not hold together."""
    if theirs.update is None:
        return False
    if any("failed to verify snapshot" in one.message for one in theirs.update.problems):
        return True
    gone = {one.urn for one in theirs.update.steps if one.op == "delete" and not one.failed}
    kept = {state["urn"] for state in theirs.state} - {state["urn"] for state in ours.state}
    return not gone.isdisjoint(kept)


def keeps_its_word(ours: Played, theirs: Played) -> bool:
    """Ours stops when a weaker change than the planned one leaves others with other values."""
    if ours.update is None or "is not what the plan showed" not in ours.update.error:
        return False
    if theirs.preview is None or theirs.update is None:
        return False
    planned = {step.urn for step in theirs.preview.steps if step.op == "create-replacement"}
    return any(step.op == "update" and step.urn in planned for step in theirs.update.steps)


def imports_as_said(ours: Played, theirs: Played) -> bool:
    """Pulumi records an import that changes nothing as it was read, ours as the program says it."""
    if theirs.update is None:
        return False
    imported = {one.urn for one in theirs.update.steps if one.op.startswith("import")}
    our, their = (
        {one["urn"]: one["inputs"] for one in played.state if not one.get("delete")}
        for played in (ours, theirs)
    )
    known = imported & our.keys() & their.keys()
    return any(our[urn] != their[urn] for urn in known)


def says_what_was_refused(ours: Played, theirs: Played) -> bool:
    """A program that misses a value is told what was refused, not its own error."""
    if ours.preview is None or theirs.preview is None or not theirs.preview.program_error:
        return False
    return ours.preview.error.startswith("ExperimentError") and not ours.preview.program_error


def keeps_old_names(ours: Played, theirs: Played) -> bool:
    """Pulumi gives the old object of a renamed and replaced resource the new name in its state."""
    our, their = (
        {one.get("id", ""): one["urn"] for one in played.state if one.get("delete")}
        for played in (ours, theirs)
    )
    return any(our[id_] != their[id_] for id_ in our.keys() & their.keys())


def stumbles(theirs: Played) -> bool:
    """Pulumi loses a provider, or a component that it has dealt with already for a target.

    It also ends the whole run when a target needs something new that only the run leaves out.
    """
    words = ("cannot complete a resource", "unknown provider", "untargeted create")
    errors = [one.error for one in (theirs.preview, theirs.update) if one is not None]
    return any(word in error for error in errors for word in words)


def calls_no_more(ours: Played, theirs: Played) -> bool:
    """Pulumi calls a function although what it depends on has failed."""
    if ours.update is None or theirs.update is None or not ours.update.undone:
        return False
    return len(_functions(ours.update)) < len(_functions(theirs.update))


def _functions(phase: Phase) -> list[str]:
    return [call.method for call in phase.calls if call.method.startswith("invoke ")]


def leaves_a_stack(ours: Played, theirs: Played) -> bool:
    """Pulumi makes the components of a program for a destroy, and may leave them."""
    return (
        not ours.state
        and bool(theirs.state)
        and not any(
            state["custom"] and "pulumi:providers:" not in state["urn"] for state in theirs.state
        )
    )


def keeps_a_provider(ours: Played, theirs: Played) -> bool:
    """Pulumi makes a provider in a refresh with the program for what is not there, or only read."""
    ours_there = {state["urn"] for state in ours.state}
    more = {state["urn"]: state for state in theirs.state if state["urn"] not in ours_there}
    read = {urn for urn, state in more.items() if state.get("external")}
    below = {urn for urn, state in more.items() if state.get("parent") in more}
    providers = more.keys() - read - below
    used = {
        state.get("provider", "").rpartition("::")[0]
        for state in theirs.state
        if state["urn"] not in read
    }
    return (
        bool(providers)
        and providers.isdisjoint(used)
        and all("pulumi:providers:" in urn for urn in providers)
    )


def deletes_again(ours: Played, theirs: Played, before: Sequence[State]) -> bool:
    """Pulumi may delete a second time what was deleted to make room in an earlier run."""
    gone = {(one["urn"], one.get("id", "")) for one in before if one.get("pendingReplacement")}
    our, their = (_last(played) for played in (ours, theirs))
    if our is None or their is None:
        return False
    more = _deleted(their) - _deleted(our)
    return any(urn in more for urn, _ in gone) or any(
        call.method == "delete" and (call.urn, call.id) in gone for call in their.calls
    )


def _last(played: Played) -> Phase | None:
    """Return what it came to: of a preview that is not carried out, what it shows."""
    return played.preview if played.update is None else played.update


def _deleted(phase: Phase, ops: Collection[str] = _DELETES) -> Counter[str]:
    return Counter(step.urn for step in phase.steps if step.op in ops)


def _needed_by(undone: set[str], states: Sequence[State]) -> set[str]:
    """Return what these resources need, as the state says; it lists what is needed first."""
    needed = set(undone)
    for state in reversed(states):
        if state["urn"] in needed:
            needed |= {*state.get("dependencies", ()), state.get("parent", "")}
    return needed


def _cut(result: Result, length: int) -> Result:
    return replace(result, generations=result.generations[:length])
