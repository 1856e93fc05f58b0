"""Random histories in which a person chooses what takes part, or asks for new objects."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from tests.oracle.case import Declared, Generation, History, RunOptions
from tests.oracle.marks import references

NAMES = ("a", "b", "c", "d", "e", "f")


@st.composite
def limited(draw: st.DrawFn, history: History) -> History:
    """Return a history with targets, excluded ones and asked replacements in some generations.

    Nothing in it is renamed, because Pulumi may then write two live objects of one urn, and nothing
    makes room, because it makes what was deleted first of its old inputs when that is no target.
    """
    history = without_room(history)
    generations: list[Generation] = []
    for one in history.generations:
        has_state = any(before.operation == "update" for before in generations)
        generations.append(draw(_limited(one, has_state=has_state)))
    return replace(history, generations=tuple(generations))


def without_room(history: History) -> History:
    """Return a history in which nothing is deleted to make room for what replaces it."""
    types = {name: replace(does, deletes_first=()) for name, does in history.types.items()}
    generations = tuple(
        replace(one, program=replace(one.program, resources=tuple(map(_beside, resources))))
        for one in history.generations
        for resources in [one.program.resources]
    )
    return replace(history, generations=generations, types=types)


def _beside(one: Declared) -> Declared:
    return replace(one, options=replace(one.options, delete_before_replace=None))


@st.composite
def _limited(draw: st.DrawFn, generation: Generation, *, has_state: bool) -> Generation:
    plain = tuple(map(_plain, generation.program.resources))
    options = generation.options
    is_possible = has_state or generation.operation == "update"
    if is_possible and draw(st.booleans()) and not options.run_program:
        options = draw(_choice(options, plain))
    program = replace(generation.program, resources=plain)
    return replace(generation, program=program, options=options)


def _plain(one: Declared) -> Declared:
    return replace(one, options=replace(one.options, aliases=()))


@st.composite
def _choice(draw: st.DrawFn, options: RunOptions, declared: Sequence[Declared]) -> RunOptions:
    some = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
    names, follow = sorted(draw(some)), draw(st.booleans())
    kind = draw(st.sampled_from(("targets", "excludes", "replace")))
    if kind == "targets":
        return replace(options, targets=_words(names), target_dependents=follow)
    if kind == "excludes":
        free = names if follow else sorted(set(names) - _used(declared))
        return replace(options, excludes=_words(free), exclude_dependents=follow)
    customs = {one.name for one in declared if not one.component}
    return replace(options, replace=_words(sorted(customs.intersection(names))))


def _words(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"**::{name}" for name in names)


def _used(declared: Sequence[Declared]) -> set[str]:
    """Return what others need: Pulumi ends in a panic if such a one is new and excluded."""
    used: set[str] = set()
    for one in declared:
        options = one.options
        used |= {one.parent, *options.depends_on, *options.replace_with, options.deleted_with}
        used |= {key for value in one.inputs.values() for key in references(value)}
    return used
