"""What stands on what, which part of it is drawn, and where."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cloudmesh_iac.core.urns import Urn
from cloudmesh_iac.views.graph import Graph, Node, around, folded, graph_of, only_changed
from cloudmesh_iac.views.graph_layout import layout
from cloudmesh_iac.views.graph_mermaid import graph_mermaid
from cloudmesh_iac.views.words import Verb
from tests.unit.views import plans

URN = "urn:pulumi:hello::cloudmesh::test:index:Thing::"


def a_graph(
    *edges: tuple[str, str], verbs: dict[str, Verb] | None = None, alone: str = ""
) -> Graph:
    """Return a graph of one-letter names; an edge goes from who needs to who is needed."""
    names = dict.fromkeys([*alone, *(name for edge in edges for name in edge)])
    return Graph(
        tuple(
            Node(
                Urn(URN + name),
                name,
                (verbs or {}).get(name, Verb.CREATE),
                needs=tuple(Urn(URN + need) for user, need in edges if user == name),
            )
            for name in names
        )
    )


def edges(graph: Graph) -> set[tuple[str, str]]:
    return {(node.name, need.rpartition("::")[2]) for node in graph.nodes for need in node.needs}


def test_what_stood_on_a_change_through_something_unchanged_does_so_directly() -> None:
    graph = a_graph(("a", "b"), ("b", "c"), ("a", "d"), verbs={"b": Verb.SAME, "d": Verb.SAME})
    assert edges(only_changed(graph)) == {("a", "c")}


def test_around_a_thing_is_what_it_stands_on_and_what_stands_on_it() -> None:
    graph = a_graph(("a", "b"), ("b", "c"), ("x", "c"), ("y", "z"))
    assert edges(around(graph, {Urn(URN + "b")})) == {("a", "b"), ("b", "c")}


def test_many_alike_are_one_node_with_one_edge() -> None:
    # given
    graph = a_graph(*(("z", chr(0x100 + n)) for n in range(20)))

    # when
    drawn = folded(graph)

    # then
    assert [(node.name, node.alike) for node in drawn.nodes] == [
        ("z", 1),
        ("Ā and 19 more", 20),
    ]
    assert len(edges(drawn)) == 1
    assert folded(graph, most=20) == graph


def test_the_graph_of_a_plan_has_a_node_for_each_thing_and_a_job_is_one() -> None:
    graph = graph_of(plans.everything())
    names = [node.name for node in graph.nodes]
    assert names.count("job pi/n=2") == 1
    assert len(names) == len({*names})
    assert {node.group for node in graph.nodes} >= {"virtualcluster lab", "sweep pi"}


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any graph, circles too: a picture of what is wrong is better than none."""
    size = draw(st.integers(1, 24))
    names = [chr(ord("a") + n) for n in range(size)]
    pairs = st.tuples(st.sampled_from(names), st.sampled_from(names))
    found = draw(st.lists(pairs.filter(lambda pair: pair[0] != pair[1]), max_size=40, unique=True))
    return a_graph(*found, alone="".join(names))


@given(graphs())
def test_every_node_has_a_place_of_its_own(graph: Graph) -> None:
    places = layout(graph)
    assert places.keys() == {node.urn for node in graph.nodes}
    assert len({*places.values()}) == len(places)
    assert layout(graph) == places


@given(st.lists(st.integers(0, 23), min_size=2, unique=True), st.data())
def test_what_is_needed_stands_left(order: list[int], data: st.DataObject) -> None:
    # given a graph without a circle: each needs only those before it
    names = [chr(ord("a") + n) for n in order]
    pairs = list(combinations(names, 2))
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True))
    graph = a_graph(*((user, need) for need, user in chosen), alone="".join(names))

    # when
    places = layout(graph)

    # then
    for node in graph.nodes:
        for need in node.needs:
            assert places[need].column < places[node.urn].column


def test_a_thousand_in_one_layer_fill_a_square_and_no_line() -> None:
    graph = a_graph(*(("z", chr(0x400 + n)) for n in range(1000)))
    places = layout(graph)
    columns = 1 + max(place.column for place in places.values())
    rows = 1 + max(place.row for place in places.values())
    assert columns < 30
    assert rows < 60


@given(st.text(min_size=1, max_size=30))
def test_no_name_means_anything_in_mermaid(name: str) -> None:
    # given
    node = Node(Urn(URN + "a"), name, Verb.CREATE, group=name)

    # when
    lines = graph_mermaid(Graph((node,))).split("\n")

    # then
    assert len(lines) == 6
    assert lines[1].startswith('  subgraph g0["')
    assert lines[1].count('"') == 2
    assert lines[2].endswith('"]:::create')
    assert not {*"<>`{}[]()|"} & {*lines[2].partition('["')[2].removesuffix('"]:::create')}
