"""The resources that stand for machines and networks of a site without a plugin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import Resource, ResourceProvider

from cloudmesh_iac.core.nodes import Thing
from cloudmesh_iac.providers.nodes.handlers import (
    FloatingIpHandler,
    KeyPairHandler,
    NetworkHandler,
    RouterHandler,
    SecurityGroupHandler,
    SubnetHandler,
    VmHandler,
)
from cloudmesh_iac.providers.nodes.properties import INPUTS, OUTPUTS
from cloudmesh_iac.settings.sites import Site


class Vm(Resource, module="cmx", name="Vm"):
    """A virtual machine."""


class KeyPair(Resource, module="cmx", name="KeyPair"):
    """A public key that machines let in."""


class Network(Resource, module="cmx", name="Network"):
    """A network of one's own."""


class Subnet(Resource, module="cmx", name="Subnet"):
    """A range of addresses in a network."""


class Router(Resource, module="cmx", name="Router"):
    """What joins subnets, and leads outside."""


class SecurityGroup(Resource, module="cmx", name="SecurityGroup"):
    """What machines may be reached by."""


class FloatingIp(Resource, module="cmx", name="FloatingIp"):
    """An address that is reached from outside."""


_CLASSES: Mapping[Thing, tuple[type[Resource], ResourceProvider]] = {
    Thing.VM: (Vm, VmHandler()),
    Thing.KEY_PAIR: (KeyPair, KeyPairHandler()),
    Thing.NETWORK: (Network, NetworkHandler()),
    Thing.SUBNET: (Subnet, SubnetHandler()),
    Thing.ROUTER: (Router, RouterHandler()),
    Thing.SECURITY_GROUP: (SecurityGroup, SecurityGroupHandler()),
    Thing.FLOATING_IP: (FloatingIp, FloatingIpHandler()),
}


@dataclass(frozen=True, slots=True)
class DeclaredThing:
    """A resource, and its outputs by the names that all kinds of sites have for them."""

    resource: pulumi.Resource
    outputs: Mapping[str, pulumi.Output[Any]]


def declare_thing(
    thing: Thing,
    name: str,
    props: Mapping[str, Any],
    *,
    site: Site,
    opts: pulumi.ResourceOptions,
) -> DeclaredThing:
    """Declare a machine, a network or what belongs to them."""
    class_, handler = _CLASSES[thing]
    given = {key: props[key] for key in INPUTS[thing] if props.get(key) is not None}
    known = dict.fromkeys(OUTPUTS[thing])
    resource = class_(handler, name, {**known, **given, "site": str(site.name)}, opts)
    outputs = {key: getattr(resource, key) for key in (*OUTPUTS[thing], *given)}
    return DeclaredThing(resource, {**outputs, "id": resource.id})
