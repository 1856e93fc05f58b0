"""Which part of a graph does a person want to see?"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from cloudmesh_iac.core.near_names import instead_of
from cloudmesh_iac.core.ops import Action
from cloudmesh_iac.core.plans import Change, Plan
from cloudmesh_iac.core.records import Snapshot
from cloudmesh_iac.core.urns import Urn, name_of
from cloudmesh_iac.engine.needs import depends_on
from cloudmesh_iac.errors import UsageProblem
from cloudmesh_iac.views.graph import Graph, folded, graph_of, only_changed
from cloudmesh_iac.views.graph import around as part_around


def drawn(plan: Plan, *, changed: bool, around: Sequence[str], full: bool) -> Graph:
    """Return the graph of a plan, or a part of it.

    Errors: UsageProblem for a name that nothing has.
    """
    graph = graph_of(plan)
    chosen = {urn for name in around for urn in _called(name, graph)}
    if chosen:
        graph = part_around(graph, chosen)
    if changed:
        graph = only_changed(graph)
    return graph if full else folded(graph)


def recorded_plan(snapshot: Snapshot) -> Plan:
    """Return a plan in which all that is recorded stays as it is."""
    return Plan(
        snapshot.stack,
        snapshot.serial,
        tuple(
            Change(
                record.urn,
                record.type,
                Action.SAME,
                custom=record.custom,
                parent=record.parent,
                source=record.source,
                inputs=record.inputs,
                creation=record.creation,
                needs=depends_on(record),
            )
            for record in snapshot.live().values()
        ),
        program=snapshot.program,
    )


def _called(name: str, graph: Graph) -> list[Urn]:
    names = {node.urn: name_of(node.urn) for node in graph.nodes}
    found = [urn for urn in names if name in {urn, names[urn]} or fnmatchcase(names[urn], name)]
    if not found:
        raise UsageProblem(
            f"nothing is called {name!r}",
            subject=name,
            hint=instead_of(name, names.values(), otherwise="`cmx preview` shows the names"),
        )
    return found
