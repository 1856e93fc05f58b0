"""Random histories in which the program takes over what others have made."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import Declared, Generation, History
from tests.oracle.limited import NAMES

_CHANGEABLE = ("size", "tag")  # without a new object


@st.composite
def importing(draw: st.DrawFn, history: History) -> History:
    """Return a history in which one or two resources are imported, for some generations or all."""
    names = draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=2))
    ids = {name: f"{name}-{draw(st.integers(1, 2))}" for name in sorted(names)}
    begin = draw(st.integers(0, len(history.generations) - 1))
    end = draw(st.integers(begin + 1, len(history.generations)))
    fits = draw(st.booleans())
    generations = [
        _importing(one, ids, fits=fits) if begin <= number < end else one
        for number, one in enumerate(history.generations)
    ]
    return replace(history, generations=tuple(generations))


def _importing(generation: Generation, ids: Mapping[str, str], *, fits: bool) -> Generation:
    program = generation.program
    resources = tuple(
        _imported(one, ids[one.called], fits=fits)
        if one.called in ids and not one.component
        else one
        for one in program.resources
    )
    # Pulumi may wait for ever if something else fails beside an import
    faults = tuple(one for one in generation.faults if one.call == "read")
    return replace(generation, program=replace(program, resources=resources), faults=faults)


def _imported(one: Declared, id_: str, *, fits: bool) -> Declared:
    """What fits is wanted just as it is there, so that nothing is left to be changed.

    What would be replaced is refused by ours, and may be waited for by Pulumi for ever. A trigger
    of replacements is forgotten by Pulumi.
    """
    found = {key: value for key, value in one.inputs.items() if key in _CHANGEABLE}
    options = replace(
        one.options, import_id=id_, replace_on_changes=(), replacement_trigger=None, replace_with=()
    )
    return replace(one, inputs={"size": "found"} if fits else found, options=options)
