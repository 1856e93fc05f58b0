"""How is an OpenStack resource looked for whose create was never seen to end? Pure.

Names are not unique in OpenStack, but for key pairs. A name that the engine has made is, and so is
what Neutron allows once only: a subnet of one range in a network, a rule, an interface.
"""

from collections.abc import Mapping
from types import MappingProxyType

from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.abilities import Search

SERVER = ResourceType("openstack:compute/instance:Instance")
KEY_PAIR = ResourceType("openstack:compute/keypair:Keypair")
NETWORK = ResourceType("openstack:networking/network:Network")
SUBNET = ResourceType("openstack:networking/subnet:Subnet")
PORT = ResourceType("openstack:networking/port:Port")
ROUTER = ResourceType("openstack:networking/router:Router")
INTERFACE = ResourceType("openstack:networking/routerInterface:RouterInterface")
GROUP = ResourceType("openstack:networking/secGroup:SecGroup")
RULE = ResourceType("openstack:networking/secGroupRule:SecGroupRule")
ADDRESS = ResourceType("openstack:networking/floatingIp:FloatingIp")
ATTACHED_ADDRESS = ResourceType("openstack:networking/floatingIpAssociate:FloatingIpAssociate")
IMAGE = ResourceType("openstack:images/image:Image")

SEARCHES: Mapping[ResourceType, Search] = MappingProxyType(
    {
        SERVER: Search.TOKEN,
        KEY_PAIR: Search.KEY,
        NETWORK: Search.TOKEN,
        SUBNET: Search.KEY,
        PORT: Search.TOKEN,
        ROUTER: Search.TOKEN,
        INTERFACE: Search.KEY,
        GROUP: Search.TOKEN,
        RULE: Search.KEY,
        ADDRESS: Search.EQUAL,
        ATTACHED_ADDRESS: Search.KEY,
        IMAGE: Search.EQUAL,
    }
)
"""How each type is looked for at best."""

_MADE_BY_THE_PLUGIN = "__defaults"  # the inputs that a plugin has filled in, a name from our seed
# What says which one it is; where a part of it is not said, the rest may fit several.
_KEYS: Mapping[ResourceType, tuple[str, ...]] = {
    KEY_PAIR: ("name",),
    SUBNET: ("networkId", "cidr"),
    INTERFACE: ("routerId",),
    RULE: ("securityGroupId", "direction", "ethertype"),
    ATTACHED_ADDRESS: ("floatingIp", "portId"),
}


def search_of(type_: ResourceType, inputs: Properties) -> Search:
    """Say how the object of these inputs is looked for; NONE for a type that nobody looks for."""
    best = SEARCHES.get(type_, Search.NONE)
    match best:
        case Search.TOKEN:
            return Search.TOKEN if has_own_name(inputs) else Search.EQUAL
        case Search.KEY:
            return Search.KEY if all(inputs.get(key) for key in _KEYS[type_]) else Search.EQUAL
        case Search.EQUAL | Search.NONE:
            return best


def has_own_name(inputs: Properties) -> bool:
    """Say whether the name was made from the seed of this create: no other has it."""
    filled_in = inputs.get(_MADE_BY_THE_PLUGIN)
    return isinstance(filled_in, tuple) and "name" in filled_in
