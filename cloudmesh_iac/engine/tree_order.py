"""In which order do people read the changes of a plan?"""

from collections.abc import Iterable

from cloudmesh_iac.core.plans import Change
from cloudmesh_iac.core.urns import Urn, name_of, natural_key

_SortKey = tuple[str, int, tuple[tuple[int, int, str], ...], int, str]


def in_tree_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Sort changes as a tree: parents first, brothers by line of the program and name.

    Registrations arrive in an order that depends on how fast providers answer; plans must not.
    """
    children: dict[Urn | None, list[Change]] = {}
    listed = list(changes)
    urns = {change.urn for change in listed}
    for change in listed:
        parent = change.parent if change.parent in urns else None
        children.setdefault(parent, []).append(change)
    ordered: list[Change] = []
    stack = sorted(children.get(None, []), key=_place, reverse=True)
    while stack:
        change = stack.pop()
        ordered.append(change)
        stack.extend(sorted(children.get(change.urn, []), key=_place, reverse=True))
    return tuple(ordered)


def _place(change: Change) -> _SortKey:
    source = change.source
    file, line = ("", 0) if source is None else (source.file, source.line)
    rank = 0 if change.starts else 1
    return (file, line, natural_key(name_of(change.urn)), rank, change.urn)
