"""Random histories with files: assets and archives among the inputs, and what happens to them."""

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import Declared, Generation, History, Written
from tests.oracle.limited import NAMES

_FILES = ("one.txt", "two.txt", "folder/in.txt")
_TEXTS = ("first", "second")
_ASSETS: tuple[Written, ...] = (
    {"$asset": {"path": "one.txt"}},
    {"$asset": {"path": "two.txt"}},
    {"$asset": {"text": "first"}},
)
_ARCHIVES: tuple[Written, ...] = (
    {"$archive": {"path": "folder"}},
    {"$archive": {"assets": {"a": _ASSETS[0], "b": _ASSETS[2]}}},
    {"$archive": {"assets": {"in": {"$archive": {"path": "folder"}}}}},
)
_KEYS = ("tag", "image", "source")


@st.composite
def with_files(draw: st.DrawFn, history: History) -> History:
    """Return a history in which some inputs are files, whose contents change on the way."""
    inputs = {name: draw(_contents()) for name in NAMES}
    generations: list[Generation] = []
    for number, one in enumerate(history.generations):
        if draw(st.integers(0, 2)) == 0:
            inputs = {**inputs, draw(st.sampled_from(NAMES)): draw(_contents())}
        written = _FILES if number == 0 else draw(st.sets(st.sampled_from(_FILES)))
        files = {name: draw(st.sampled_from(_TEXTS)) for name in sorted(written)}
        generations.append(_with(one, inputs, files))
    return replace(history, generations=tuple(generations))


def _contents() -> st.SearchStrategy[Mapping[str, Written]]:
    values = st.sampled_from((*_ASSETS, *_ARCHIVES))
    return st.dictionaries(st.sampled_from(_KEYS), values, max_size=1)


def _with(
    generation: Generation, inputs: Mapping[str, Mapping[str, Written]], files: Mapping[str, str]
) -> Generation:
    program = generation.program
    resources = tuple(_holding(one, inputs[one.called]) for one in program.resources)
    return replace(generation, program=replace(program, resources=resources), files=files)


def _holding(one: Declared, inputs: Mapping[str, Written]) -> Declared:
    return replace(one, inputs={**one.inputs, **inputs}) if not (one.component or one.read) else one
