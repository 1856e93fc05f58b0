"""Where does each node of a graph stand? In columns: what others need stands left of them.

Pure and the same everywhere: layers by the longest way, brothers beside those they belong to, a
layer that is too high in several columns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.graph import Graph, needs_first

_SWEEPS = 4
_LEAST_ROWS = 6
_SHAPE = 2.6  # columns are wide: so many rows for each of them make a square


@dataclass(frozen=True, slots=True)
class Place:
    """A column and a row, both counted from 0; rows may be halves."""

    column: int
    row: float


def layout(graph: Graph) -> dict[Urn, Place]:
    """Return a place for every node; no two have the same."""
    layers, needs, users = _layers(graph), graph.needs(), graph.users()
    for _ in range(_SWEEPS):
        _sweep(layers, needs)
        layers.reverse()
        _sweep(layers, users)
        layers.reverse()
    return _placed(layers, rows=max(_LEAST_ROWS, round((len(graph.nodes) * _SHAPE) ** 0.5)))


def _layers(graph: Graph) -> list[list[Urn]]:
    needs = graph.needs()
    depth: dict[Urn, int] = {}
    for urn in needs_first(graph):
        depth[urn] = 1 + max((depth[one] for one in needs[urn] if one in depth), default=-1)
    layers: list[list[Urn]] = [[] for _ in range(1 + max(depth.values(), default=-1))]
    for node in graph.nodes:
        layers[depth[node.urn]].append(node.urn)
    return layers


def _sweep(layers: Sequence[list[Urn]], neighbours: Mapping[Urn, Sequence[Urn]]) -> None:
    """Move each node towards the middle of those that it is tied to, in the layers before."""
    at: dict[Urn, float] = {}
    for layer in layers:
        last = 0.0
        wish: dict[Urn, float] = {}
        for number, urn in enumerate(layer):
            known = [at[one] for one in neighbours[urn] if one in at]
            last = sum(known) / len(known) if known else max(last, number / len(layer))
            wish[urn] = last
        layer.sort(key=wish.__getitem__)  # stable: without a wish the order of the plan stays
        at.update({urn: (number + 0.5) / len(layer) for number, urn in enumerate(layer)})


def _placed(layers: Sequence[Sequence[Urn]], *, rows: int) -> dict[Urn, Place]:
    highest = min(rows, max(map(len, layers), default=0))
    places: dict[Urn, Place] = {}
    column = 0
    for layer in layers:
        columns = -(-len(layer) // rows)
        per_column = -(-len(layer) // columns)
        for number, urn in enumerate(layer):
            here = min(per_column, len(layer) - number // per_column * per_column)
            row = number % per_column + (highest - here) / 2
            places[urn] = Place(column + number // per_column, row)
        column += columns
    return places
