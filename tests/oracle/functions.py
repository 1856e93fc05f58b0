"""Random histories whose program has functions: hooks around changes, and calls of the provider."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import (
    Bound,
    Declared,
    Fault,
    Generation,
    Given,
    History,
    Hook,
    Written,
    ref,
)
from tests.oracle.limited import NAMES, without_room

_HOOKS = (
    Hook("says"),
    Hook("says_early", on_dry_run=True),
    Hook("fails", fails=True),
    Hook("fails_quietly", fails=True, ignore_errors=True),
)
_ERROR_HOOKS = (
    Hook("again", for_errors=True, retries=1),
    Hook("gives_up", for_errors=True),
    Hook("breaks", for_errors=True, fails=True),
)
_MOMENTS = tuple(
    f"{when}_{what}" for when in ("before", "after") for what in ("create", "update", "delete")
)
_ASKED = "look"


@st.composite
def hooked(draw: st.DrawFn, history: History) -> History:
    """Return a history in which some resources have hooks, the same ones all the time.

    Nothing in it is half done: ours finishes it, where Pulumi makes a second one. No hook of a
    delete fails where something makes room: Pulumi waits for ever then.
    """
    makes_room = draw(st.booleans())
    history = history if makes_room else without_room(history)
    bound: dict[str, Bound] = {
        name: draw(_bound(deletes_fail=not makes_room))
        for name in draw(st.sets(st.sampled_from(NAMES), min_size=1))
    }
    generations = tuple(_with_hooks(one, bound) for one in history.generations)
    return replace(history, generations=generations)


@st.composite
def _bound(draw: st.DrawFn, *, deletes_fail: bool) -> Bound:
    names = st.sampled_from([hook.name for hook in _HOOKS])
    harmless = names if deletes_fail else names.filter(lambda name: name != "fails")
    moments = draw(st.sets(st.sampled_from(_MOMENTS), max_size=2))
    bound = {
        moment: (draw(harmless if moment.endswith("delete") else names),)
        for moment in sorted(moments)
    }
    if draw(st.booleans()):
        bound["on_error"] = (draw(st.sampled_from([hook.name for hook in _ERROR_HOOKS])),)
    return Bound(**bound)


def _with_hooks(generation: Generation, bound: Mapping[str, Bound]) -> Generation:
    program, is_destroy = generation.program, generation.operation == "destroy"
    resources = tuple(
        # a component that is only there to be destroyed is not made by ours, so it has no end
        replace(one, options=replace(one.options, hooks=bound.get(one.called, Bound())))
        if not (one.component and is_destroy)
        else one
        for one in program.resources
    )
    hooks = (*_HOOKS, *_ERROR_HOOKS)
    has_program = generation.operation in {"update", "preview"} or generation.options.run_program
    return replace(
        generation,
        program=replace(program, resources=resources, hooks=hooks if has_program else ()),
        faults=tuple(fault for fault in generation.faults if fault.kind != "partial"),
    )


@st.composite
def asking(draw: st.DrawFn, history: History) -> History:
    """Return a history whose programs call a function, and use its answer."""
    generations = tuple(
        draw(_asking(one)) if one.program.resources else one for one in history.generations
    )
    return replace(history, generations=generations)


@st.composite
def _asking(draw: st.DrawFn, generation: Generation) -> Generation:
    resources = draw(_with_call(generation.program.resources))
    faults = generation.faults
    if draw(st.integers(0, 7)) == 0:
        kind = draw(st.sampled_from(("certain", "refusal")))
        faults = (*faults, Fault("invoke", _ASKED, kind, draw(st.sampled_from(("", "update")))))
    program = replace(generation.program, resources=resources)
    return replace(generation, program=program, faults=faults)


@st.composite
def _with_call(draw: st.DrawFn, resources: Sequence[Declared]) -> tuple[Declared, ...]:
    place = draw(st.integers(0, len(resources)))
    before = [one.called for one in resources[:place] if not one.component]
    call = Declared(_ASKED, invoke=True, inputs=draw(_arguments(before)))
    if before and draw(st.integers(0, 3)) == 0:
        call = replace(call, options=Given(depends_on=(draw(st.sampled_from(before)),)))
    after = [draw(_using(one)) for one in resources[place:]]
    return (*resources[:place], call, *after)


@st.composite
def _arguments(draw: st.DrawFn, before: Sequence[str]) -> Mapping[str, Written]:
    sizes: st.SearchStrategy[Written] = st.sampled_from(("1", "2", 3))
    if before:
        outputs = st.sampled_from(("address", "version", "id", "size"))
        sizes |= st.builds(ref, st.sampled_from(before), outputs)
    return {"size": draw(sizes)} if draw(st.integers(0, 3)) > 0 else {}


@st.composite
def _using(draw: st.DrawFn, one: Declared) -> Declared:
    if one.component or draw(st.booleans()):
        return one
    key = draw(st.sampled_from(("size", "image", "tag")))
    answer = ref(_ASKED, draw(st.sampled_from(("size", "address"))))
    return replace(one, inputs={**one.inputs, key: answer})
