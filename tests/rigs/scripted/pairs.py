"""A plugin with a component: `pairs:index:Pair` makes two things of the scripted package.

It is served by the provider server of Pulumi's SDK, as component packages in Python are.
"""

import sys
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import CallResult, ConstructResult, Provider, main

from tests.rigs.scripted.script import VERSION

PACKAGE = "pairs"
PAIR = "pairs:index:Pair"


class _Thing(pulumi.CustomResource):
    address: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        properties: Mapping[str, Any],
        parent: pulumi.Resource,
        *,
        more: pulumi.ResourceOptions | None = None,
    ) -> None:
        own = pulumi.ResourceOptions(parent=parent, version=VERSION)
        options = pulumi.ResourceOptions.merge(own, more)
        super().__init__("test:index:Thing", name, {"address": None, **properties}, options)


class _Pair(pulumi.ComponentResource):
    def __init__(
        self, name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions
    ) -> None:
        super().__init__(PAIR, name, None, options)
        first = _Thing(f"{name}-first", {"size": inputs.get("size")}, self, more=_functions(inputs))
        second = _Thing(f"{name}-second", {"beside": first.address}, self)
        self.address = pulumi.Output.concat(first.address, " and ", second.address)
        self.token = inputs.get("token")
        self.register_outputs({"address": self.address})


def _functions(inputs: Mapping[str, Any]) -> pulumi.ResourceOptions:
    """Return a transform and a hook of this plugin, where the program asks for them."""

    def tagged(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult:
        return pulumi.ResourceTransformResult({**args.props, "tag": "by the plugin"}, args.opts)

    def made(args: pulumi.ResourceHookArgs) -> None:
        if "fails" in inputs:
            raise ValueError("the plugin does not like it")

    transforms: list[pulumi.ResourceTransform] | None = [tagged] if "tagged" in inputs else None
    hooks = None
    if "watched" in inputs or "fails" in inputs:
        hook = pulumi.ResourceHook("made", made)
        hooks = pulumi.ResourceHookBinding(before_create=[hook])
    return pulumi.ResourceOptions(transforms=transforms, hooks=hooks)


class Pairs(Provider):
    def __init__(self) -> None:
        super().__init__(VERSION)

    def construct(  # noqa: PLR0917 - the library's signature
        self,
        name: str,
        resource_type: str,
        inputs: Mapping[str, Any],
        options: pulumi.ResourceOptions | None = None,
    ) -> ConstructResult:
        if resource_type != PAIR:
            raise ValueError(f"there is no {resource_type} here")
        pair = _Pair(name, inputs, options or pulumi.ResourceOptions())
        return ConstructResult(pair.urn, {"address": pair.address, "token": pair.token})

    def call(self, token: str, args: Mapping[str, Any]) -> CallResult:
        if token != f"{PAIR}/describe":
            raise ValueError(f"there is no method {token}")
        said = pulumi.Output.concat("a pair for ", args["purpose"])
        return CallResult({"text": said})


def serve() -> None:
    main(Pairs(), sys.argv[1:])
