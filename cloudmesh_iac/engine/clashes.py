"""Which resources want to be the same one, and how do we say so?"""

from cloudmesh_iac.core.registrations import Registration, Source
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.errors import ExperimentError


class Clashes:
    """Collected while a program runs, so that all of them are said at once."""

    def __init__(self) -> None:
        self._twice: dict[Urn, tuple[Registration, Registration]] = {}
        self._aliased: list[str] = []

    def note_twice(self, first: Registration, second: Registration) -> None:
        self._twice.setdefault(first.urn, (first, second))

    def note_alias(self, registration: Registration, old: Urn, other: Urn) -> None:
        """Note that a resource wants a record that `other` has."""
        self._aliased.append(_alias_clash(registration, old, other))

    def raise_all(self) -> None:
        """Errors: ExperimentError naming every clash; what is below one is none of its own."""
        twice = [pair for pair in self._twice.values() if pair[0].parent not in self._twice]
        if twice or self._aliased:
            lines = sorted((*(_clash(first, second) for first, second in twice), *self._aliased))
            hint = "give each resource a name of its own" if twice else ""
            alias = "an alias is for one resource: take it off the other one"
            hints = filter(None, (hint, alias if self._aliased else ""))
            raise ExperimentError("\n".join(lines), hint="\n".join(hints))


def _clash(first: Registration, second: Registration) -> str:
    lines = sorted((first.source, second.source), key=_line_order)
    where = " and ".join(map(_line, lines))
    return f"two resources are called {first.name!r} ({first.type}): {where}"


def _alias_clash(registration: Registration, old: Urn, other: Urn) -> str:
    place = f" ({registration.source})" if registration.source else ""
    return f"{registration.name!r}{place} wants to be what {name_of(other)!r} is already: {old}"


def _line_order(source: Source | None) -> tuple[str, int]:
    return ("", 0) if source is None else (source.file, source.line)


def _line(source: Source | None) -> str:
    return "an unknown line" if source is None else str(source)
