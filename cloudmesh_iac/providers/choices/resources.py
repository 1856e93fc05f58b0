"""The resource that keeps what was decided for a component."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cloudmesh_iac.providers.choices.handlers import ChoiceHandler

_HANDLER = ChoiceHandler()


class Choice(Resource, module="cmx", name="Choice"):
    """What a program left open: image, flavor, key, name; settled when it was first declared."""

    found: pulumi.Output[dict[str, Any]]
    name: pulumi.Output[str]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(_HANDLER, name, {"name": None, **props}, opts)


def declare_choice(name: str, props: Mapping[str, Any], *, opts: pulumi.ResourceOptions) -> Choice:
    """Declare what was decided for the component of this name."""
    return Choice(name, props, opts)
