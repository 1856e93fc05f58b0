"""Which properties has each thing, which of them need a new one, and what does a change cost?"""

from collections.abc import Mapping
from typing import Any

from cloudmesh_iac.core.nodes import Thing

INPUTS: Mapping[Thing, tuple[str, ...]] = {
    Thing.VM: (
        "site",
        "name",
        "image",
        "flavor",
        "key",
        "networks",
        "security_groups",
        "user_data",
        "tags",
        "provider_args",
    ),
    Thing.KEY_PAIR: ("site", "name", "public_key", "tags", "provider_args"),
    Thing.NETWORK: ("site", "name", "tags", "provider_args"),
    Thing.SUBNET: ("site", "name", "network", "cidr", "tags", "provider_args"),
    Thing.ROUTER: ("site", "name", "subnets", "external_network", "tags", "provider_args"),
    Thing.SECURITY_GROUP: ("site", "name", "rules", "tags", "provider_args"),
    Thing.FLOATING_IP: ("site", "pool", "vm", "tags", "provider_args"),
}

REPLACING: Mapping[Thing, frozenset[str]] = {
    Thing.VM: frozenset({"site", "key", "networks", "user_data"}),
    Thing.KEY_PAIR: frozenset({"site", "name", "public_key"}),
    Thing.NETWORK: frozenset({"site"}),
    Thing.SUBNET: frozenset({"site", "network", "cidr"}),
    Thing.ROUTER: frozenset({"site"}),
    Thing.SECURITY_GROUP: frozenset({"site"}),
    Thing.FLOATING_IP: frozenset({"site", "pool"}),
}

LOSSES: Mapping[str, str] = {
    "image": "its disk is lost",
    "flavor": "it is restarted",
    "key": "its disk is lost",
    "networks": "its disk is lost",
    "user_data": "its disk is lost",
    "site": "its disk is lost",
}
"""What a change of an input costs a machine."""

AWAY: Mapping[Thing, frozenset[str]] = {
    Thing.VM: frozenset({"image", "flavor"}),
    Thing.ROUTER: frozenset({"external_network"}),
    Thing.FLOATING_IP: frozenset({"vm"}),
}
"""Inputs whose change in place stops a thing or cuts it off meanwhile."""

OUTPUTS: Mapping[Thing, tuple[str, ...]] = {
    Thing.VM: ("address", "state", "raw"),
    Thing.KEY_PAIR: ("fingerprint", "raw"),
    Thing.NETWORK: ("raw",),
    Thing.SUBNET: ("gateway", "raw"),
    Thing.ROUTER: ("raw",),
    Thing.SECURITY_GROUP: ("raw",),
    Thing.FLOATING_IP: ("address", "raw"),
}
"""What a site gives beside the inputs."""


def as_things(thing: Thing, props: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that a site is told; `provider_args` say more than the others."""
    keys = [key for key in INPUTS[thing] if key not in {"site", "provider_args"}]
    said = {key: props[key] for key in keys if props.get(key) is not None}
    return {**said, **(props.get("provider_args") or {})}
