"""Put into a running cloud what its tests count on; run in the environment of the control plane.

`furnish.py catalog` reads a JSON document: `password`, and `services`, type and address by name.
`furnish.py things` puts in images, flavors and a network. OS_CLIENT_CONFIG_FILE names the cloud.
"""

import json
import sys
import time
from typing import Any

import openstack

_LONGEST_S = 120.0
_EACH_S = 0.2
_MEBIBYTE = 1024 * 1024
IMAGES = ("rocky-9", "rocky-10")
FLAVORS = {"m3.tiny": (1, 64), "m3.small": (2, 128), "m3.endless": (1, 1 << 30)}  # cores, MiB
NETWORK = "public"


def furnish_catalog(cloud: Any, services: dict[str, tuple[str, str]], password: str) -> None:
    """Make the accounts of the services, and say where each of them listens."""
    identity = cloud.identity
    project = identity.create_project(name="service", domain_id="default")
    roles = [identity.find_role(name) for name in ("admin", "service")]
    for name, (kind, url) in services.items():
        if name == "keystone":
            continue  # it has put itself there
        user = identity.create_user(name=name, password=password, domain_id="default")
        for role in roles:
            identity.assign_project_role_to_user(project, user, role)
        service = identity.create_service(name=name, type=kind)
        for interface in ("public", "internal", "admin"):
            identity.create_endpoint(
                service_id=service.id, interface=interface, url=url, region_id="RegionOne"
            )


def furnish_things(cloud: Any) -> None:
    """Put in images, flavors and a network that leads outside, and wait for the hypervisor."""
    for name in IMAGES:
        if cloud.image.find_image(name) is None:
            cloud.create_image(
                name,
                data=bytes(_MEBIBYTE),
                disk_format="raw",
                container_format="bare",
                visibility="public",
                wait=True,
                timeout=_LONGEST_S,
            )
    for name, (cores, memory) in FLAVORS.items():
        if cloud.compute.find_flavor(name) is None:
            cloud.compute.create_flavor(name=name, vcpus=cores, ram=memory, disk=1)
    if cloud.network.find_network(NETWORK) is None:
        outside = cloud.network.create_network(
            name=NETWORK,
            is_router_external=True,
            provider_network_type="flat",
            provider_physical_network="outside",
        )
        cloud.network.create_subnet(
            network_id=outside.id, ip_version=4, cidr="203.0.113.0/24", enable_dhcp=False
        )
    _await_hypervisor(cloud)


def _await_hypervisor(cloud: Any) -> None:
    deadline = time.monotonic() + _LONGEST_S
    while not any(
        one.binary == "nova-compute" and one.state == "up" for one in cloud.compute.services()
    ):
        if time.monotonic() > deadline:
            sys.exit("no hypervisor has reported")
        time.sleep(_EACH_S)


def main(what: str) -> None:
    cloud = openstack.connect(cloud="lab")
    if what == "catalog":
        told = json.load(sys.stdin)
        furnish_catalog(cloud, told["services"], told["password"])
    else:
        furnish_things(cloud)


if __name__ == "__main__":
    main(sys.argv[1])
