"""Random histories whose programs have providers of their own, and hand them down."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import Behaviour, Declared, Generation, History
from tests.oracle.limited import NAMES

PROVIDER = "pulumi:providers:test"
_NAMES = ("p", "q")
_REGIONS = ("x", "y")
_BEHAVIOURS = (Behaviour(), Behaviour(replaces=("region",)))


@st.composite
def served(draw: st.DrawFn, history: History) -> History:
    """Return a history with two providers: who is served by which may change on the way."""
    users = {name: draw(_chosen()) for name in NAMES}
    regions = {name: draw(st.sampled_from(_REGIONS)) for name in _NAMES}
    generations: list[Generation] = []
    for one in history.generations:
        if draw(st.integers(0, 2)) == 0:
            users = {**users, draw(st.sampled_from(NAMES)): draw(_chosen())}
        if draw(st.integers(0, 3)) == 0:
            regions = {**regions, draw(st.sampled_from(_NAMES)): draw(st.sampled_from(_REGIONS))}
        generations.append(_served(one, users, regions))
    types = {**history.types, PROVIDER: draw(st.sampled_from(_BEHAVIOURS))}
    return replace(history, generations=tuple(generations), types=types)


def _chosen() -> st.SearchStrategy[str]:
    return st.sampled_from(("", *_NAMES))


def _served(
    generation: Generation, users: Mapping[str, str], regions: Mapping[str, str]
) -> Generation:
    has_program = generation.operation in {"update", "preview"} or generation.options.run_program
    if not has_program:
        return generation
    providers = [Declared(name, PROVIDER, inputs={"region": regions[name]}) for name in _NAMES]
    program = generation.program
    resources = (*providers, *(_by(one, users[one.called]) for one in program.resources))
    return replace(generation, program=replace(program, resources=resources))


def _by(one: Declared, provider: str) -> Declared:
    if not provider:
        return one
    handed = {"test": provider} if one.component else {}
    served_by = "" if one.component else provider
    return replace(one, options=replace(one.options, provider=served_by, providers=handed))
