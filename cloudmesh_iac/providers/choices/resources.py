"""The resource that keeps what was decided for a component."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from cloudmesh_iac.providers.choices.handlers import ChoiceHandler

_HANDLER = ChoiceHandler()


class Choice(Resource, module="cmx", name="Choice"):
    """What a program left open: image, flavor, key, name; settled when it was first declared.

    What is found and is None could not be asked for: it is not known yet.
    """

    found: pulumi.Output[dict[str, Any]]
    name: pulumi.Output[str]

    def __init__(
        self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        found = {key: unknown() if one is None else one for key, one in props["found"].items()}
        super().__init__(_HANDLER, name, {"name": None, **props, "found": found}, opts)


def declare_choice(name: str, props: Mapping[str, Any], *, opts: pulumi.ResourceOptions) -> Choice:
    """Declare what was decided for the component of this name."""
    return Choice(name, props, opts)


def unknown() -> pulumi.Output[Any]:
    """Return a value that is not known yet, in a preview."""
    loop = asyncio.get_event_loop()
    value, is_known, is_secret = (loop.create_future() for _ in range(3))
    value.set_result(None)
    is_known.set_result(False)
    is_secret.set_result(False)
    return pulumi.Output(set(), value, is_known, is_secret)
