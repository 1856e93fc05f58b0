"""The resource that stands for a machine that can be logged in to."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cloudmesh_iac.providers.reach.handlers import ReachHandler

_HANDLER = ReachHandler()


class Reach(Resource, module="cmx", name="Reach"):
    """A machine that has answered at its address."""

    address: pulumi.Output[str]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(_HANDLER, name, props, opts)


def declare_reach(name: str, props: Mapping[str, Any], *, opts: pulumi.ResourceOptions) -> Any:
    """Declare that a machine is waited for; its `address` is known when it has answered."""
    return Reach(name, props, opts)
