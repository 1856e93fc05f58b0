"""Random histories in which some things are only looked at, by their ids, and belong to others."""

from collections.abc import Collection
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import Declared, Generation, Given, History
from tests.oracle.limited import NAMES


@st.composite
def reading(draw: st.DrawFn, history: History) -> History:
    """Return a history in which one or two resources are read for some generations.

    Whatever a look at them would find, it is there: else the program of Pulumi ends. Nothing is
    replaced with others: Pulumi may write a state with companions that are not there.
    """
    names = draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=2))
    updates = [
        number for number, one in enumerate(history.generations) if one.operation == "update"
    ]
    begin = draw(st.sampled_from(updates)) if updates else 0
    end = draw(st.sampled_from((*updates, len(history.generations))))
    ids = {name: f"{name}-{draw(st.integers(1, 2))}" for name in sorted(names)}
    generations = [
        _reading(one, ids if begin <= number < end else {}, names)
        for number, one in enumerate(history.generations)
    ]
    return replace(history, generations=tuple(generations))


def _reading(generation: Generation, ids: dict[str, str], names: Collection[str]) -> Generation:
    resources = tuple(
        _read(one, ids[one.called]) if one.called in ids and not one.component else _alone(one)
        for one in generation.program.resources
    )
    faults = tuple(
        fault for fault in generation.faults if fault.call != "read" or fault.name not in names
    )
    program = replace(generation.program, resources=resources)
    return replace(generation, program=program, faults=faults)


def _alone(one: Declared) -> Declared:
    return replace(one, options=replace(one.options, replace_with=()))


def _read(one: Declared, id_: str) -> Declared:
    inputs = {key: value for key, value in one.inputs.items() if not isinstance(value, dict)}
    return replace(one, read=id_, inputs=inputs, options=Given())
