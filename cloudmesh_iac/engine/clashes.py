"""How do we say that two resources want to be the same one?"""

from cloudmesh_iac.core.registrations import Registration, Source
from cloudmesh_iac.core.urns import Urn, name_of


def clash(first: Registration, second: Registration) -> str:
    lines = sorted((first.source, second.source), key=_line_order)
    where = " and ".join(map(_line, lines))
    return f"two resources are called {first.name!r} ({first.type}): {where}"


def alias_clash(registration: Registration, old: Urn, other: Urn) -> str:
    place = f" ({registration.source})" if registration.source else ""
    return f"{registration.name!r}{place} wants to be what {name_of(other)!r} is already: {old}"


def _line_order(source: Source | None) -> tuple[str, int]:
    return ("", 0) if source is None else (source.file, source.line)


def _line(source: Source | None) -> str:
    return "an unknown line" if source is None else str(source)
