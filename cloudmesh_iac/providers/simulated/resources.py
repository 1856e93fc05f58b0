"""What a program declares on a simulated site: jobs and machines, as sites without plugins do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from cloudmesh_iac.providers.batch.resources import declare_job
from cloudmesh_iac.providers.choices.resources import declare_choice
from cloudmesh_iac.providers.metal.resources import declare_machines
from cloudmesh_iac.providers.nodes.resources import declare_thing

__all__ = [
    "declare_choice",
    "declare_job",
    "declare_machines",
    "declare_reach",
    "declare_thing",
]


@dataclass(frozen=True, slots=True)
class _ReachedAtOnce:
    address: Any


def declare_reach(_: str, props: Mapping[str, Any], *, opts: pulumi.ResourceOptions) -> Any:
    """Wait for nothing: a simulated machine is a record, and nobody can log in to it."""
    del opts
    return _ReachedAtOnce(props["address"])
