"""How does a graph look on a page: one SVG that needs nothing else."""

from collections.abc import Iterable, Iterator, Mapping

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.graph import Graph, Node
from cloudmesh_iac.views.graph_layout import Place, layout
from cloudmesh_iac.views.items import counts_text
from cloudmesh_iac.views.svg_parts import px, svg_document, xml_text
from cloudmesh_iac.views.words import UNICODE, Verb, cut

_WIDE, _HIGH = 232, 40
_ACROSS, _DOWN = 312, 54
_MARGIN, _HEAD = 24, 64
_LONGEST, _LONGEST_BELOW = 27, 36
_LEAST_WIDE = 800

# Ground and edge of a box: of what is made, changed, replaced, taken away, waited for, left alone.
_MADE, _CHANGED, _REPLACED = ("#e3f4e8", "#1a7f37"), ("#fff4d6", "#9a6700"), ("#f6e5f8", "#8a3ffc")
_GONE, _WAITED, _QUIET = ("#fde7e9", "#c62828"), ("#e2f1fb", "#0969a8"), ("#f4f5f7", "#8b949e")
PAINT: Mapping[Verb, tuple[str, str]] = {
    Verb.CREATE: _MADE,
    Verb.IMPORT: _MADE,
    Verb.UPDATE: _CHANGED,
    Verb.READ_AGAIN: _CHANGED,
    Verb.REPLACE: _REPLACED,
    Verb.DELETE: _GONE,
    Verb.FORGET: _GONE,
    Verb.WAIT: _WAITED,
    Verb.UNDECIDED: _WAITED,
    Verb.READ: _QUIET,
    Verb.SAME: _QUIET,
}


def graph_svg(graph: Graph, title: str) -> str:
    """Return a document on a white ground, with a last line break; left is what others need."""
    places = layout(graph)
    columns = 1 + max((place.column for place in places.values()), default=0)
    rows = 1 + max((place.row for place in places.values()), default=0)
    width = max(_LEAST_WIDE, 2 * _MARGIN + (columns - 1) * _ACROSS + _WIDE)
    height = _HEAD + _MARGIN + (rows - 1) * _DOWN + _HIGH
    parts = [
        f'<text x="{_MARGIN}" y="30" font-size="18" font-weight="600" fill="#1a1a1a">'
        f"{xml_text(title)}</text>",
        f'<text x="{_MARGIN}" y="50" font-size="12" fill="#555555">{xml_text(_said(graph))}</text>',
        *_edges(graph, places),
        *(_box(node, places[node.urn], number) for number, node in enumerate(graph.nodes)),
    ]
    return svg_document(parts, title=title, width=width, height=height)


def _said(graph: Graph) -> str:
    number: dict[Verb, int] = {}
    for node in graph.nodes:
        number[node.verb] = number.get(node.verb, 0) + node.alike
    return counts_text(number) or "nothing to draw"


def _corner(place: Place) -> tuple[float, float]:
    return _MARGIN + place.column * _ACROSS, _HEAD + place.row * _DOWN


def _edges(graph: Graph, places: Mapping[Urn, Place]) -> Iterator[str]:
    numbers = {node.urn: number for number, node in enumerate(graph.nodes)}
    yield '<g fill="none" stroke="#8b949e" stroke-width="1.2" stroke-opacity="0.65">'
    for node in graph.nodes:
        for need in node.needs:
            ends = f'data-from="{numbers[need]}" data-to="{numbers[node.urn]}"'
            yield f'<path class="edge" {ends} d="{_way(places[need], places[node.urn])}"/>'
    yield "</g>"


def _way(need: Place, user: Place) -> str:
    """Return a curve from the right of one box to the left of another."""
    (left, top), (right, bottom) = _corner(need), _corner(user)
    x1, y1, x2, y2 = left + _WIDE, top + _HIGH / 2, right, bottom + _HIGH / 2
    bend = max(36.0, (x2 - x1) / 2)
    return f"M{px(x1)} {px(y1)}C{px(x1 + bend)} {px(y1)} {px(x2 - bend)} {px(y2)} {px(x2)} {px(y2)}"


def _box(node: Node, place: Place, number: int) -> str:
    x, y = _corner(place)
    ground, edge = PAINT[node.verb]
    edge = _GONE[1] if node.is_danger else edge
    dash = "" if node.certain else ' stroke-dasharray="5 3"'
    mark = UNICODE.danger if node.is_danger else UNICODE.of(node.verb)
    below = ", ".join(filter(None, (node.site, node.group, node.why)))
    back = f'<rect x="{px(x + 4)}" y="{px(y + 4)}" {_size()} fill="{ground}" stroke="{edge}"/>'
    return "".join(
        (
            f'<g class="node" data-node="{number}">',
            f"<title>{xml_text(_told(node))}</title>",
            back if node.alike > 1 else "",
            f'<rect x="{px(x)}" y="{px(y)}" {_size()} fill="{ground}" stroke="{edge}"{dash}/>',
            f'<text x="{px(x + 10)}" y="{px(y + 17)}" font-size="13" fill="#1a1a1a">'
            f'<tspan font-weight="700" fill="{edge}">{xml_text(mark.strip())}</tspan> '
            f"{xml_text(cut(node.name, _LONGEST))}</text>",
            f'<text x="{px(x + 10)}" y="{px(y + 32)}" font-size="10.5" fill="#555555">'
            f"{xml_text(cut(below, _LONGEST_BELOW))}</text>"
            if below
            else "",
            "</g>",
        )
    )


def _size() -> str:
    return f'width="{_WIDE}" height="{_HIGH}" rx="6" stroke-width="1.4"'


def _told(node: Node) -> str:
    """Return all that is known of a node, for who points at it."""
    may = "" if node.certain else "may "
    lines: Iterable[str] = (
        f"{node.name}: {may}{node.verb}",
        f"on {node.site}" if node.site else "",
        f"in {node.group}" if node.group else "",
        node.why,
    )
    return "\n".join(filter(None, lines))
