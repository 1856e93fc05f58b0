"""Which parameters has a program asked for by name? Its experiments give them as outputs."""

from collections.abc import Mapping

from cloudmesh_iac.core.records import Parameter
from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties

EXPERIMENT_TYPE = ResourceType("cmx:index:Experiment")


def parse_parameters(outputs: Properties) -> tuple[Parameter, ...]:
    """Read the parameters that an experiment gave as its outputs; empty when there are none."""
    listed = outputs.get("parameters")
    if not isinstance(listed, tuple):
        return ()
    return tuple(
        Parameter(
            name=str(item.get("name", "")),
            value=str(item.get("value", "")),
            default=str(item.get("default", "")),
            kind=str(item.get("kind", "str")),
            origin=str(item.get("origin", "default")),
            help=str(item.get("help", "")),
        )
        for item in listed
        if isinstance(item, Mapping)
    )
