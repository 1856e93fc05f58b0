"""What does a change of an OpenStack resource cost, and what can be done about an error? Pure.

The ability `Advises`. What is lost is no matter of the operation: a server keeps its id when it
gets a new image, and loses its disk; one that is resized keeps both, and is restarted.
"""

import re
from collections.abc import Mapping, Sequence

from cloudmesh_iac.core.urns import ResourceType
from cloudmesh_iac.core.values import Properties
from cloudmesh_iac.engine.asks import DiffAsk, Difference
from cloudmesh_iac.providers.openstack.searches import (
    ADDRESS,
    IMAGE,
    KEY_PAIR,
    PORT,
    ROUTER,
    SERVER,
)

VOLUME = ResourceType("openstack:blockstorage/volume:Volume")
DATABASE = ResourceType("openstack:database/instance:Instance")
CONTAINER = ResourceType("openstack:objectstorage/container:Container")
SHARE = ResourceType("openstack:sharedfilesystem/share:Share")

DISK = "its disk is lost"
RESTARTED = "it is restarted"
_STOPPED = "it is stopped"

UPDATES: Mapping[tuple[ResourceType, str], str] = {
    (SERVER, "imageId"): DISK,  # rebuilt in place
    (SERVER, "imageName"): DISK,
    (SERVER, "flavorId"): RESTARTED,  # resized
    (SERVER, "flavorName"): RESTARTED,
    (SERVER, "powerState"): _STOPPED,
}
"""What an update in place costs, by type and input. Source: terraform-provider-openstack 3,
compute_instance_v2: Rebuild, Resize, Stop."""

AWAY: Mapping[ResourceType, frozenset[str]] = {
    SERVER: frozenset({"imageId", "imageName", "flavorId", "flavorName", "powerState"}),
    PORT: frozenset({"fixedIps"}),
    ADDRESS: frozenset({"portId"}),
    ROUTER: frozenset({"externalNetworkId"}),
}
"""Inputs whose update stops a thing or cuts it off meanwhile: a server is shut down to be rebuilt
or resized, traffic of an address or a router breaks off. Source: as above, networking_port_v2,
networking_floatingip_v2, networking_router_v2."""

REPLACEMENTS: Mapping[ResourceType, str] = {
    SERVER: DISK,
    VOLUME: "its data is lost",
    DATABASE: "its data is lost",
    CONTAINER: "its objects are lost",
    SHARE: "its files are lost",
    IMAGE: "its image data is lost",
    ADDRESS: "its address is lost",
    KEY_PAIR: "its private key is lost, if OpenStack has made it",
}
"""What is lost when a new object takes the place of the old one."""

_REMEDIES: Sequence[tuple[str, str]] = (
    (
        r"quota exceeded|exceeded.*quota|quota.*exceeded",
        "delete what is not needed any more, or ask the operators of the cloud for a higher quota;"
        " then run it again",
    ),
    (
        r"no valid host|not enough (available )?resources|insufficient .*resources",
        "the cloud has no room for this flavor now: take a smaller one, or run it again later",
    ),
    (
        r"unexpected state '?ERROR",
        "`openstack server show` names the fault of a server in this state; mostly the cloud has no"
        " room for this flavor now: take a smaller one, or run it again later",
    ),
    (
        r"\b401\b|authentication failed|requires authentication|unauthorized",
        "the cloud does not take these credentials: see OS_USERNAME and OS_PASSWORD, or what"
        " clouds.yaml says",
    ),
    (
        r"\b403\b|forbidden|not allowed",
        "the account may not do this: ask the operators of the cloud, or take another project",
    ),
    (
        r"connection refused|no such host|no route to host|i/o timeout|network is unreachable"
        r"|context deadline exceeded|timeout awaiting|connection reset",
        "nobody answers at the address of the cloud: see that the network is up (a VPN?), and that"
        " OS_AUTH_URL or clouds.yaml names the right address; then run it again",
    ),
    (
        r"must be specified|missing input for argument|no suitable endpoint|clouds\.ya?ml",
        "say which cloud: OS_CLOUD names an entry of clouds.yaml, or `cmx config set"
        " openstack:cloud NAME`",
    ),
    (
        r"(unable to find|no|could not find).*image|image.*(not found|could not be found)",
        "the cloud has no image of this name: `openstack image list` shows those that there are",
    ),
    (
        r"(unable to find|no|could not find).*flavor|flavor.*(not found|could not be found)",
        "the cloud has no flavor of this name: `openstack flavor list` shows those that there are",
    ),
)


class Advice:
    """Satisfies Advises."""

    def losses(self, ask: DiffAsk, difference: Difference) -> Sequence[str]:
        if difference.replaces:
            lost = REPLACEMENTS.get(ask.type)
            return () if lost is None or (lost == DISK and _has_own_disk(ask)) else (lost,)
        found = (UPDATES.get((ask.type, key)) for key in difference.keys)
        known = dict.fromkeys(one for one in found if one is not None)
        if _STOPPED in known and ask.news.get("powerState") == "active":
            del known[_STOPPED]
        return tuple(known)

    def interrupts(self, ask: DiffAsk, difference: Difference) -> bool:
        """What is replaced is another matter: the new one may be there before the old one goes."""
        if difference.replaces:
            return False
        keys = AWAY.get(ask.type, frozenset()).intersection(difference.keys)
        if ask.news.get("powerState") == "active":  # it is only started
            keys -= {"powerState"}
        return bool(keys)

    def remedy(self, message: str) -> str:
        for pattern, remedy in _REMEDIES:
            if re.search(pattern, message, re.IGNORECASE):
                return remedy
        return ""


def _has_own_disk(ask: DiffAsk) -> bool:
    """Say whether the server's disk is a volume that outlives it."""
    devices = ask.old_inputs.get("blockDevices")
    return isinstance(devices, tuple) and any(
        isinstance(device, Mapping) and _outlives(device) for device in devices
    )


def _outlives(device: Properties) -> bool:
    return (
        device.get("destinationType") == "volume"
        and device.get("bootIndex") == 0
        and not device.get("deleteOnTermination")
    )
