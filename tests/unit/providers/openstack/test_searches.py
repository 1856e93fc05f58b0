"""How an OpenStack resource is looked for whose create was never seen to end."""

import pytest

from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.abilities import Search
from cloudmesh_iac.providers.openstack.searches import (
    ADDRESS,
    INTERFACE,
    KEY_PAIR,
    NETWORK,
    RULE,
    SERVER,
    SUBNET,
    search_of,
)

OWN: Properties = {"name": "vm-3ca5451", "__defaults": ("name",)}
GIVEN: Properties = {"name": "vm", "__defaults": ()}


@pytest.mark.parametrize(
    ("type_", "inputs", "search"),
    [
        (SERVER, OWN, Search.TOKEN),
        (SERVER, GIVEN, Search.EQUAL),
        (NETWORK, OWN, Search.TOKEN),
        (KEY_PAIR, GIVEN, Search.KEY),
        (SUBNET, {"networkId": "n-1", "cidr": "10.9.0.0/24"}, Search.KEY),
        (SUBNET, {"networkId": "n-1", "prefixLength": 24}, Search.EQUAL),
        (INTERFACE, {"routerId": "r-1", "subnetId": "s-1"}, Search.KEY),
        (RULE, {"securityGroupId": "g-1", "direction": "ingress", "ethertype": "IPv4"}, Search.KEY),
        (ADDRESS, {"pool": "public"}, Search.EQUAL),
        (ResourceType("openstack:dns/zone:Zone"), OWN, Search.NONE),
    ],
)
def test_each_type_is_looked_for_as_well_as_its_inputs_allow(
    type_: ResourceType, inputs: Properties, search: Search
) -> None:
    assert search_of(type_, inputs) is search
