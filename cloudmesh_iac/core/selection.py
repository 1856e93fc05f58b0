"""Which resources does a person choose for a run?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.urns import Urn, name_of


@dataclass(frozen=True, slots=True)
class Selection:
    """The words of a person: `targets` alone take part, `excludes` not, `replaces` are made anew.

    A word is a name, a whole urn, or a pattern of either: `*` stands for anything within one part
    of a urn, `**` for anything. With `target_dependents` what needs a target takes part too, with
    `exclude_dependents` what needs something excluded does not.
    """

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    target_dependents: bool = False
    exclude_dependents: bool = False

    @property
    def is_limited(self) -> bool:
        """Something recorded or declared may be left alone."""
        return bool(self.targets or self.excludes)


EVERYTHING = Selection()


class Words:
    """Words of a person that name resources."""

    def __init__(self, words: Sequence[str]) -> None:
        self._patterns = [(word, _pattern(word)) for word in words]

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def name(self, urn: Urn) -> bool:
        """Say whether one of the words means this resource."""
        return any(_means(word, pattern, urn) for word, pattern in self._patterns)

    def unmet(self, urns: Sequence[Urn]) -> tuple[str, ...]:
        """Return the words that mean none of these; a pattern may mean nothing."""
        return tuple(
            word
            for word, pattern in self._patterns
            if "*" not in word and not any(_means(word, pattern, urn) for urn in urns)
        )


def _means(word: str, pattern: re.Pattern[str], urn: Urn) -> bool:
    text = urn if word.startswith("urn:") or "::" in word or word == "**" else name_of(urn)
    return pattern.fullmatch(text) is not None


def _pattern(word: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", word)
    ways = {"**": ".*", "*": "[^:]*"}
    return re.compile("".join(ways.get(part, re.escape(part)) for part in parts), re.DOTALL)
