"""Which names does `vm[1-3],web` stand for? The grammar of host lists, by ClusterShell."""

import itertools
import math
import re
from collections.abc import Iterable, Sequence

from ClusterShell.NodeSet import RESOLVER_NOGROUP, NodeSet, NodeSetException
from ClusterShell.RangeSet import RangeSet, RangeSetException

from cloudmesh_iac.errors import UsageProblem

_MOST = 100_000
_OF_THE_LIBRARY = "!&^@*"  # its own signs, for sets and groups: here they would be typing errors
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})(?:/([0-9]{1,18}))?")
_HINT = "write names like vm1,vm2 or vm[1-3,7]"


def expand(words: Iterable[str]) -> Sequence[str]:
    """Return the names that are meant, each once, in the order in which they are said.

    Errors: UsageProblem for what is no host list, or one of more than 100,000 names.
    """
    names: dict[str, None] = {}
    for word in words:
        for part in _parts(word):
            names.update(dict.fromkeys(_expanded(part)))
    return tuple(names)


def names_in(word: str) -> Sequence[str]:
    """Return the names that one word means, where a comma may be a sign of a name.

    `vm[1-3]` are three, `ior/nodes=[1,4],xfer=1m` two; what has no ranges of numbers in brackets is
    the name or the pattern that it is. Errors: UsageProblem for more than 100,000 names.
    """
    if _at_most(word) > _MOST:  # before the library makes all of them
        raise UsageProblem(f"{word!r} means more than {_MOST:,} names", hint=_HINT)
    pieces = _BRACKETS.split(word)  # texts and what stands in brackets, in turn
    try:
        ranges = [tuple(map(str, RangeSet(inside))) for inside in pieces[1::2]]
    except (RangeSetException, ValueError):
        return (word,)
    found = []
    for numbers in itertools.product(*ranges):
        signs = itertools.zip_longest(pieces[::2], numbers, fillvalue="")
        found.append("".join(itertools.chain.from_iterable(signs)))
    return found


def fold(names: Iterable[str]) -> str:
    """Return names as a host list: `vm[1-3],web`."""
    return str(NodeSet.fromlist(list(names), resolver=RESOLVER_NOGROUP))


def _parts(word: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth = [""], 0
    for sign in word:
        depth += (sign == "[") - (sign == "]")
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return [part.strip() for part in parts if part.strip()]


def _expanded(part: str) -> Sequence[str]:
    if any(sign in part for sign in _OF_THE_LIBRARY):
        raise UsageProblem(f"{part!r} is no list of names", hint=_HINT)
    if _at_most(part) > _MOST:  # before the library makes all of them
        raise UsageProblem(f"{part!r} means more than {_MOST:,} names", hint=_HINT)
    try:
        return tuple(NodeSet(part, resolver=RESOLVER_NOGROUP))
    except (NodeSetException, RangeSetException, AssertionError) as error:  # numbers too large
        raise UsageProblem(f"{part!r} is no list of names: {error}", hint=_HINT) from error


def _at_most(part: str) -> int:
    """Return how many names it may mean: the product of what its brackets hold."""
    return math.prod(sum(map(_width, inside.split(","))) for inside in _BRACKETS.findall(part))


def _width(range_: str) -> int:
    found = _RANGE.fullmatch(range_.strip())
    if found is None:
        return 1
    first, last, step = (int(number or 1) for number in found.groups())
    return max(1, (last - first) // max(1, step) + 1)
