"""Which things of a plan stand on which others?"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.choices import things_of
from cloudmesh_iac.views.items import Item, is_level
from cloudmesh_iac.views.reasons_text import tail
from cloudmesh_iac.views.words import Verb, path, title, word

_MANY = 12  # more alike than this are one node


@dataclass(frozen=True, slots=True)
class Node:
    """One thing; `group` names the component that it is in, `needs` are other nodes.

    `alike` counts the things that one node stands for.
    """

    urn: Urn
    name: str
    verb: Verb
    needs: tuple[Urn, ...] = ()
    group: str = ""
    site: str = ""
    why: str = ""
    is_danger: bool = False
    certain: bool = True
    alike: int = 1


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes in the order of the plan."""

    nodes: tuple[Node, ...]

    def needs(self) -> dict[Urn, tuple[Urn, ...]]:
        """Return what each node needs."""
        return {node.urn: node.needs for node in self.nodes}

    def users(self) -> dict[Urn, list[Urn]]:
        """Return who needs each node."""
        found: dict[Urn, list[Urn]] = {node.urn: [] for node in self.nodes}
        for node in self.nodes:
            for need in node.needs:
                found[need].append(node.urn)
        return found


def graph_of(plan: Plan) -> Graph:
    """Return everything that the plan has a line for, and what is unchanged.

    An urn that is declared anew while an old object of it is still to be deleted is one node.
    """
    changes = {change.urn: change for change in plan.changes}
    nodes: dict[Urn, Node] = {}
    for item in things_of(plan.changes):
        nodes.setdefault(item.urn, _node(item, changes))
    return Graph(tuple(_known(node, nodes) for node in nodes.values()))


def only_changed(graph: Graph) -> Graph:
    """Leave out what stays as it is; what stood on a change through it does so directly."""
    kept = {node.urn for node in graph.nodes if not node.verb.is_quiet}
    needs = graph.needs()
    seen: dict[Urn, tuple[Urn, ...]] = {}
    for urn in needs_first(graph):
        through = (seen.get(need, ()) if need not in kept else (need,) for need in needs[urn])
        seen[urn] = tuple(dict.fromkeys(one for part in through for one in part))
    return Graph(
        tuple(replace(node, needs=seen[node.urn]) for node in graph.nodes if node.urn in kept)
    )


def around(graph: Graph, chosen: Collection[Urn]) -> Graph:
    """Keep what is chosen, all that it stands on, and all that stands on it."""
    kept = _reached(chosen, graph.needs()) | _reached(chosen, graph.users())
    return Graph(tuple(_known(node, kept) for node in graph.nodes if node.urn in kept))


def folded(graph: Graph, most: int = _MANY) -> Graph:
    """Draw many alike, which stand on the same and are used by the same, as one."""
    users = graph.users()
    shapes: dict[object, list[Node]] = {}
    for node in graph.nodes:
        shape = (
            *(node.group, word(node.urn), node.verb, node.site, node.is_danger, node.certain),
            *(node.needs, tuple(users[node.urn])),
        )
        shapes.setdefault(shape, []).append(node)
    stands_for = {
        node.urn: alike[0] for alike in shapes.values() if len(alike) > most for node in alike
    }
    nodes = []
    for alike in shapes.values():
        first = alike[0]
        if len(alike) > most:
            first = replace(first, name=f"{first.name} and {len(alike) - 1:,} more", why="")
            nodes.append(replace(first, alike=len(alike)))
        else:
            nodes.extend(alike)
    place = {node.urn: number for number, node in enumerate(graph.nodes)}
    nodes.sort(key=lambda node: place[node.urn])
    return Graph(tuple(replace(one, needs=_represented(one, stands_for)) for one in nodes))


def _represented(node: Node, stands_for: Mapping[Urn, Node]) -> tuple[Urn, ...]:
    needs = (stands_for[one].urn if one in stands_for else one for one in node.needs)
    return tuple(one for one in dict.fromkeys(needs) if one != node.urn)


def _node(item: Item, changes: Mapping[Urn, Change]) -> Node:
    head, below = tail(item, full=False)
    return Node(
        item.urn,
        title(item.urn),
        item.verb,
        needs=item.needs,
        group=_group(item, changes),
        site=item.site,
        why="; ".join(filter(None, (head.plain, *(line.plain.strip() for line in below)))),
        is_danger=bool(item.losses),
        certain=item.certain,
    )


def _group(item: Item, changes: Mapping[Urn, Change]) -> str:
    """Return the name of the nearest component that holds more than this one thing."""
    urn = item.parent
    while urn is not None and urn in changes and not is_level(urn):
        is_around_a_job = path(urn) == path(item.urn)
        if not changes[urn].custom and not is_around_a_job:
            return title(urn)
        urn = changes[urn].parent
    return ""


def _known(node: Node, nodes: Collection[Urn]) -> Node:
    return replace(node, needs=tuple(one for one in node.needs if one in nodes))


def needs_first(graph: Graph) -> Iterator[Urn]:
    """Yield every node behind all that it needs; a circle is left at some place."""
    needs = graph.needs()
    begun: set[Urn] = set()
    for node in graph.nodes:
        open_ = [(node.urn, iter(node.needs))] if node.urn not in begun else []
        begun.add(node.urn)
        while open_:
            urn, left = open_[-1]
            following = next((one for one in left if one not in begun), None)
            if following is None:
                open_.pop()
                yield urn
            else:
                begun.add(following)
                open_.append((following, iter(needs[following])))


def _reached(start: Iterable[Urn], edges: Mapping[Urn, Iterable[Urn]]) -> set[Urn]:
    found, waiting = set(start), list(start)
    while waiting:
        new = [one for one in edges.get(waiting.pop(), ()) if one not in found]
        found.update(new)
        waiting.extend(new)
    return found
