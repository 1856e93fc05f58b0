"""How does a graph look as Mermaid, which pages of GitHub and GitLab draw?

Source: Mermaid 11, flowchart syntax. The page has limits of its own: 500 edges, 50,000 characters.
"""

from collections.abc import Iterator, Sequence

from cloudmesh_iac.views.graph import Graph, Node
from cloudmesh_iac.views.graph_svg import PAINT
from cloudmesh_iac.views.words import UNICODE, Verb

_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _-./=,:")


def graph_mermaid(graph: Graph) -> str:
    """Return a flowchart from left to right, with a last line break."""
    numbers = {node.urn: f"n{number}" for number, node in enumerate(graph.nodes)}
    groups: dict[str, list[Node]] = {}
    for node in graph.nodes:
        groups.setdefault(node.group, []).append(node)
    lines = ["flowchart LR"]
    for number, (group, nodes) in enumerate(groups.items()):
        boxes = [f"{numbers[node.urn]}{_box(node)}" for node in nodes]
        lines += _subgraph(f"g{number}", group, boxes) if group else [f"  {box}" for box in boxes]
    for node in graph.nodes:
        lines += [f"  {numbers[need]} --> {numbers[node.urn]}" for need in node.needs]
    lines += _classes({node.verb for node in graph.nodes})
    return "\n".join(lines) + "\n"


def _subgraph(name: str, title: str, boxes: Sequence[str]) -> Iterator[str]:
    yield f'  subgraph {name}["{_text(title)}"]'
    yield from (f"    {box}" for box in boxes)
    yield "  end"


def _box(node: Node) -> str:
    mark = UNICODE.danger if node.is_danger else UNICODE.of(node.verb).strip()
    may = "" if node.certain else "may: "
    text = f"{mark} {may}{node.name}".strip()
    return f'["{_text(text)}"]:::{node.verb.name.lower()}'


def _classes(verbs: set[Verb]) -> Iterator[str]:
    for verb in Verb:
        if verb in verbs:
            ground, edge = PAINT[verb]
            yield f"  classDef {verb.name.lower()} fill:{ground},stroke:{edge},color:#1a1a1a"


def _text(text: str) -> str:
    """Write what could mean something as its number: no name opens a link, a tag or a box."""
    return "".join(char if char in _SAFE else f"#{ord(char)};" for char in text)
