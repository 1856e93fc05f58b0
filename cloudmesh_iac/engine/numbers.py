"""Which number does a new thing have among its kind? It is taken once, and never again."""

from collections.abc import Mapping

from cloudmesh_iac.core.journal import Counted
from cloudmesh_iac.core.plans import Plan
from cloudmesh_iac.core.records import Intent
from cloudmesh_iac.core.urns import CHOICE_TYPE, Urn, name_of
from cloudmesh_iac.core.values import Properties

NUMBERED = frozenset({CHOICE_TYPE})
"""The types whose objects are numbered: their number is an input, `number`."""
_KEY = "number"


class Numbers:
    """Gives numbers in the order in which they are asked for, or as an approved plan has them.

    Things are of one kind when their urns differ in nothing but the name. `counted` says how far a
    kind has been counted, under its `counter`: also what is gone has had its number.
    """

    def __init__(self, counted: Mapping[Urn, int], approved: Plan | None = None) -> None:
        self._highest = dict(counted)
        self._given: dict[Urn, int] = {}
        for change in () if approved is None else approved.changes:
            number = _number_in(change.inputs) if change.type in NUMBERED else None
            if number is not None:
                self._give(change.urn, number)

    def take(self, urn: Urn, known: Properties | None) -> None:
        """Give it a number, unless it has one among the inputs that are known of it."""
        number = _number_in(known or {})
        if number is not None:
            self._given[urn] = number
        elif urn not in self._given:
            self._give(urn, self._highest.get(counter(urn), 0) + 1)

    def of(self, urn: Urn) -> int | None:
        return self._given.get(urn)

    def _give(self, urn: Urn, number: int) -> None:
        self._given[urn] = number
        kind = counter(urn)
        self._highest[kind] = max(number, self._highest.get(kind, 0))


def counter(urn: Urn) -> Urn:
    """Return what the numbers of a kind are counted under; no resource has such a name."""
    return Urn(f"{urn.removesuffix(name_of(urn))}#")


def counted(intent: Intent) -> tuple[Counted, ...]:
    """Return what has to be written down, with an intent, so that its number is taken."""
    number = _number_in(intent.goal.inputs) if intent.goal.type in NUMBERED else None
    return () if number is None else (Counted(counter(intent.urn), number),)


def _number_in(inputs: Properties) -> int | None:
    number = inputs.get(_KEY)
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return int(number)
