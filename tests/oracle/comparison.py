"""What must be equal in two results.

Left out, because it is different by nature: times, source lines, seeds and names made from them
(the first one that appears is 1, the next one 2), the order of steps of different resources as
far as the graph allows it, the words of messages. Left out for now: what `known.Compares` says.
"""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from cloudmesh_iac.core.packages import is_provider_type
from cloudmesh_iac.core.urns import Urn, type_of
from tests.oracle.case import GROUP
from tests.oracle.codec import to_json
from tests.oracle.known import Compares
from tests.oracle.outcome import Answer, Call, Phase, Played, Result, State, Step

_PROVIDER = re.compile(r"pulumi:providers:\w+::default")
_SEED = re.compile(r"seed:[0-9a-f]{8}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # of a provider
_FREE = {"delete", "read"}
_LOOKS = frozenset({"read", "diff"})
_DELETES = {"delete", "delete-replaced"}
_SET_LIKE = ("dependencies", "aliases", "replaceWith")


def differences(ours: Result, theirs: Result) -> str:
    """Return the lines in which they differ, empty for none; `-` is Pulumi's, `+` ours."""
    left, right = normalised(theirs), normalised(ours)
    if left == right:
        return ""
    lines = difflib.unified_diff(_lines(left), _lines(right), "pulumi", "ours", lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith("@@"))


def normalised(result: Result) -> Any:
    names = _provider_ids(result)
    return [_without_ids(_played(played), names) for played in result.generations]


def _lines(generations: Any) -> list[str]:
    """Write one line for each error, group of steps, call, answer and resource in the state."""
    lines = []
    for number, played in enumerate(generations, 1):
        for name in ("preview", "update"):
            told = played[name] or {"error": "not reached"}
            where = f"{number} {name}"
            lines.append(f"{where}: {told['error']}")
            steps, answers = told.get("steps", {}), told.get("answers", {})
            lines += [f"{where} steps {urn}: {_text(steps[urn])}" for urn in sorted(steps)]
            lines += [f"{where} call {_text(call)}" for call in told.get("calls", ())]
            lines += [f"{where} answer {key}: {_text(answers[key])}" for key in sorted(answers)]
        state = played["state"]
        lines += [f"{number} state {key}: {_text(state[key])}" for key in sorted(state)]
    return [line.replace("urn:pulumi:hello::lab::", "") for line in lines]


def _played(played: Played) -> Any:
    preview = _phase(played.preview, is_preview=True)
    update = _phase(played.update, is_preview=False)
    # Pulumi makes new seeds for each evaluation, ours are those of the preview.
    return {
        "preview": _without_seeds(preview),
        **_without_seeds({"update": update, "state": _states(played.state)}),
    }


def _phase(phase: Phase | None, *, is_preview: bool) -> Any:
    if phase is None:
        return None
    error = error_class(phase, is_preview=is_preview)
    if is_preview and error != "none":
        return {"error": error}  # what was seen before is worth nothing: nothing will be done
    # a refresh is a step of every resource with Pulumi, of those that have changed with us
    steps = [step for step in phase.steps if not _is_quiet(step) and step.op != "refresh"]
    if error in {"program", "broken"}:  # ours has no list then of what stayed the same
        steps = [replace(step, failed=False) for step in steps if step.op != "same"]
        phase = replace(phase, steps=tuple(step for step in phase.steps if step.op != "same"))
    return {
        "error": error,
        "steps": _steps(steps),
        "calls": _calls(phase, is_preview=is_preview),
        "answers": {
            key: _answer(one) for key, one in phase.answers.items() if one.result == "SUCCESS"
        },
    }


def error_class(phase: Phase, *, is_preview: bool) -> str:
    """Return none, program (it ended with an error), refused (nothing is done), failed, broken."""
    if phase.program_error:
        return "program"
    if not phase.error:
        return "none"
    if phase.error.startswith("PlanBroken"):
        return "broken"
    return "refused" if is_preview else "failed"


def _is_quiet(step: Step) -> bool:
    """A provider that stays as it is: no line of ours says so of one that nobody declares."""
    return step.op == "same" and is_provider_type(type_of(Urn(step.urn)))


def _steps(steps: Sequence[Step]) -> Any:
    """Group the steps by resource: their order across resources is seen in the calls."""
    by_urn: dict[str, list[Any]] = {}
    for step in steps:
        kept = replace(
            step,
            keys=tuple(sorted(step.keys)),
            diffs=tuple(sorted(step.diffs)) if _names_keys(step) else (),
            component=False,
        )
        told = {key: value for key, value in to_json(kept).items() if key != "urn"}
        steps_so_far = by_urn.setdefault(step.urn, [])
        if not (step.op == "same" and steps_so_far[-1:] == [told]):  # left out twice is left out
            steps_so_far.append(told)
    for urn in {step.urn for step in steps if step.component or _PROVIDER.search(step.urn)}:
        if [told["op"] for told in by_urn[urn]] == ["create", "delete"]:
            del by_urn[urn]  # what is only there to be destroyed is no step of ours
    return {urn: _with_sorted_deletes(told) for urn, told in by_urn.items()}


def _names_keys(step: Step) -> bool:
    """What of a provider's settings has changed, only ours finds out by itself."""
    return not step.component and not is_provider_type(type_of(Urn(step.urn)))


def _with_sorted_deletes(steps: list[Any]) -> list[Any]:
    """The order in which several objects of one resource are deleted at the end is nobody's."""
    kept = list(steps)
    deletes: list[Any] = []
    while kept and kept[-1]["op"] in _DELETES:
        deletes.append(kept.pop())
    return [*kept, *sorted(deletes, key=_text)]


def _calls(phase: Phase, *, is_preview: bool) -> Any:
    """Keep the order of all but neighbouring deletes or reads, which go side by side.

    A resource without a step was skipped: Pulumi asks its provider before it finds out.
    """
    kept: list[Any] = []
    looks = _LOOKS if any(step.op == "refresh" for step in phase.steps) else frozenset()
    done = [call for call in _without_skipped(phase) if _counts(call, phase.steps)]
    beside = [_call(call) for call in done if _is_beside(call, is_preview=is_preview)]
    done = [call for call in done if not _is_beside(call, is_preview=is_preview)]
    for method, group in groupby(done, key=lambda call: _kind(call, looks)):
        told = [_call(call) for call in group]
        kept += sorted(told, key=_OBJECTS[method]) if method in _OBJECTS else told
    return [*kept, *sorted(beside, key=_object)]


def _kind(call: Call, looks: frozenset[str]) -> str:
    """A read and the diff that shows what it means belong together, and a delete and its hooks."""
    if _is_of_delete(call):
        return "delete"
    return "read" if call.method in looks else call.method


def _is_beside(call: Call, *, is_preview: bool) -> bool:
    """The hooks of a component come when its outputs do, whatever the program does meanwhile.

    And those of a delete that is only planned come when all is known, with ours.
    """
    is_component = call.method.startswith("hook ") and f"{GROUP}::" in call.urn
    return is_component or (is_preview and _is_of_delete(call))


def _is_of_delete(call: Call) -> bool:
    return call.method.startswith("hook ") and bool(call.old_outputs) and not call.inputs


def _without_skipped(phase: Phase) -> list[Call]:
    """Leave out what was asked of a resource that was only looked at, and skipped after that."""
    ops: dict[str, set[str]] = {}
    for step in phase.steps:
        ops.setdefault(step.urn, set()).add(step.op)
    looked_at = {urn for urn, found in ops.items() if found == {"refresh"}}
    kept: list[Call] = []
    seen: set[tuple[str, str]] = set()
    for call in phase.calls:
        if call.urn in looked_at and call.method in {"check", "diff"}:
            if call.method == "check" or (call.urn, call.id) in seen:
                continue
            seen.add((call.urn, call.id))
        kept.append(call)
    return kept


def _counts(call: Call, steps: Sequence[Step]) -> bool:
    ops = {step.op for step in steps if step.urn == call.urn}
    if call.method == "diff" and ops - {"refresh"} == {"delete"}:
        return False  # Pulumi asks what goes with a target, and lets it go whatever the answer is
    if call.method == "check":
        return not ops <= _DELETES
    return call.method in _FREE or bool(ops) or not call.urn  # a function has none


def _call(call: Call) -> Any:
    """Pulumi proposes another name each time that it asks, ours the one of the object."""
    return to_json(replace(call, naming=_SEED.sub("seed", call.naming)))


def _object(call: Mapping[str, Any]) -> tuple[str, str]:
    return call["urn"], call.get("id", "")


def _look(call: Mapping[str, Any]) -> tuple[str, str, str]:
    return *_object(call), call["method"]


_OBJECTS = {"delete": _object, "read": _look}  # calls whose order is only the graph's


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _answer(answer: Answer) -> Any:
    return {"id": answer.id, "outputs": answer.outputs}


def _states(states: Iterable[State]) -> Any:
    found: dict[str, Any] = {}
    for state in states:
        kept = {
            key: value for key, value in state.items() if key not in Compares.state_fields_left_out
        }
        for name in _SET_LIKE:
            if name in kept:
                kept[name] = sorted(kept[name])
        sources = kept.get("propertyDependencies", {})
        if sources:
            kept["propertyDependencies"] = {key: sorted(urns) for key, urns in sources.items()}
        found[f"{state['urn']} {state.get('id', '')} {'old' if state.get('delete') else ''}"] = kept
    return found


def _without_seeds(value: Any) -> Any:
    """Number the seeds in the order of their appearance in the text."""
    text, numbers = json.dumps(value, sort_keys=True), dict[str, int]()

    def number(found: re.Match[str]) -> str:
        return f"seed:{numbers.setdefault(found.group(), len(numbers) + 1)}"

    return json.loads(_SEED.sub(number, text))


def _provider_ids(result: Result) -> Mapping[str, str]:
    """Name the ids of providers by their resource, and number those of one resource."""
    names: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for played in result.generations:
        for state in played.state:
            id_ = state.get("id", "")
            if _ID.fullmatch(id_) and id_ not in names:
                numbers[state["urn"]] = numbers.get(state["urn"], 0) + 1
                names[id_] = f"id {numbers[state['urn']]} of {state['urn']}"
    return names


def _without_ids(value: Any, names: Mapping[str, str]) -> Any:
    """Put the names in the place of the ids; what nobody records is not known in a preview."""
    text = json.dumps(value)
    return json.loads(_ID.sub(lambda found: names.get(found.group(), ""), text))


def order_problems(ours: Result, theirs: Result) -> list[str]:
    """Return what ours deleted before something that needed it, unless Pulumi does so too."""
    known = set(_early_deletes(theirs))
    return [problem for problem in _early_deletes(ours) if problem not in known]


def _early_deletes(result: Result) -> list[str]:
    found: list[str] = []
    before: Sequence[State] = ()
    for played in result.generations:
        found += _too_early(played, before)
        before = played.state
    return found


def _too_early(played: Played, before: Iterable[State]) -> Iterable[str]:
    if played.update is None:
        return
    needs = {(state["urn"], state.get("id", "")): _needs(state) for state in before}
    deletes = [call for call in played.update.calls if call.method == "delete"]
    for index, call in enumerate(deletes):
        for later in deletes[index + 1 :]:
            if later.urn != call.urn and call.urn in needs.get((later.urn, later.id), set()):
                yield f"{call.urn} was deleted before {later.urn}"


def _needs(state: State) -> set[str]:
    return {*state.get("dependencies", ()), *([state["parent"]] if "parent" in state else ())}
